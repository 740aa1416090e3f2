// The SageMaker part in the AWS CDK, with what its library has: L2 where there is one, else L1.
const fs = require("node:fs");
const cdk = require("aws-cdk-lib");
const { CfnAlarm } = require("aws-cdk-lib/aws-cloudwatch");
const { CfnScalableTarget, CfnScalingPolicy } = require("aws-cdk-lib/aws-applicationautoscaling");
const iam = require("aws-cdk-lib/aws-iam");
const kms = require("aws-cdk-lib/aws-kms");
const logs = require("aws-cdk-lib/aws-logs");
const sagemaker = require("aws-cdk-lib/aws-sagemaker");

const names = Object.keys(JSON.parse(fs.readFileSync(`${process.env.BENCH_WORK}/names.json`)));
const IMAGE = "141502667606.dkr.ecr.eu-west-1.amazonaws.com/sagemaker-xgboost:1.7-1";
const TOPIC = "arn:aws:sns:eu-west-1:123456789012:serving-dev-alarms";
// A stack of CloudFormation has at most 500 resources; 11 are one model's.
const MODELS_IN_A_STACK = 40;

function metric(id, name, stat, endpoint) {
  return {
    id,
    returnData: false,
    metricStat: {
      stat,
      period: 60,
      metric: {
        namespace: "AWS/SageMaker",
        metricName: name,
        dimensions: [
          { name: "EndpointName", value: endpoint },
          { name: "VariantName", value: "stable" },
        ],
      },
    },
  };
}

function model(stack, name) {
  const at = new (require("constructs").Construct)(stack, name);
  const endpointName = `${name}-dev`;
  for (const [key, value] of Object.entries({
    model: name,
    owner: "team-risk",
    environment: "dev",
    "cost-centre": "ml-platform",
    "data-classification": "internal",
    "slo-latency-p95-ms": "100",
    "slo-error-rate-percent": "1",
  })) {
    cdk.Tags.of(at).add(`model-serving:${key}`, value);
  }
  const role = new iam.Role(at, "Role", {
    assumedBy: new iam.ServicePrincipal("sagemaker.amazonaws.com"),
  });
  const key = new kms.Key(at, "Key", {
    description: `Volumes of ${endpointName}`,
    enableKeyRotation: true,
    pendingWindow: cdk.Duration.days(30),
    alias: `alias/sagemaker/${endpointName}`,
  });
  const group = new logs.LogGroup(at, "Logs", {
    logGroupName: `/aws/sagemaker/Endpoints/${endpointName}`,
    retention: logs.RetentionDays.ONE_MONTH,
  });
  role.addToPolicy(
    new iam.PolicyStatement({
      actions: ["s3:GetObject"],
      resources: ["arn:aws:s3:::example-models/fraud/*"],
    }),
  );
  group.grantWrite(role);
  const made = new sagemaker.CfnModel(at, "Model", {
    executionRoleArn: role.roleArn,
    enableNetworkIsolation: true,
    primaryContainer: {
      image: IMAGE,
      modelDataUrl: "s3://example-models/fraud/1.4.0/model.tar.gz",
    },
  });
  const configuration = new sagemaker.CfnEndpointConfig(at, "Configuration", {
    kmsKeyId: key.keyArn,
    productionVariants: [
      {
        variantName: "stable",
        modelName: made.attrModelName,
        instanceType: "ml.m5.large",
        initialInstanceCount: 1,
        initialVariantWeight: 1,
      },
    ],
  });
  const endpoint = new sagemaker.CfnEndpoint(at, "Endpoint", {
    endpointName,
    endpointConfigName: configuration.attrEndpointConfigName,
  });
  const target = new CfnScalableTarget(at, "Target", {
    serviceNamespace: "sagemaker",
    scalableDimension: "sagemaker:variant:DesiredInstanceCount",
    resourceId: `endpoint/${endpoint.attrEndpointName}/variant/stable`,
    minCapacity: 1,
    maxCapacity: 2,
  });
  new CfnScalingPolicy(at, "Policy", {
    policyName: `${name}-policy`,
    policyType: "TargetTrackingScaling",
    scalingTargetId: target.ref,
    targetTrackingScalingPolicyConfiguration: {
      targetValue: 600,
      scaleInCooldown: 300,
      scaleOutCooldown: 60,
      predefinedMetricSpecification: {
        predefinedMetricType: "SageMakerVariantInvocationsPerInstance",
      },
    },
  });
  const alarm = {
    comparisonOperator: "GreaterThanThreshold",
    evaluationPeriods: 5,
    datapointsToAlarm: 3,
    treatMissingData: "notBreaching",
    alarmActions: [TOPIC],
  };
  new CfnAlarm(at, "Errors", {
    ...alarm,
    threshold: 1,
    metrics: [
      { id: "slo", expression: "IF(invocations > 0, 100 * errors / invocations, 0)" },
      metric("errors", "Invocation5XXErrors", "Sum", endpointName),
      metric("invocations", "Invocations", "Sum", endpointName),
    ],
  });
  new CfnAlarm(at, "Latency", {
    ...alarm,
    threshold: 100000,
    metrics: [
      { id: "slo", expression: "model + overhead" },
      metric("model", "ModelLatency", "p95", endpointName),
      metric("overhead", "OverheadLatency", "p95", endpointName),
    ],
  });
}

const app = new cdk.App({ outdir: process.env.BENCH_OUT });
const env = { account: "123456789012", region: "eu-west-1" };
for (let first = 0; first < names.length; first += MODELS_IN_A_STACK) {
  const stack = new cdk.Stack(app, `Models${first}`, { env });
  for (const name of names.slice(first, first + MODELS_IN_A_STACK)) model(stack, name);
}
app.synth();
