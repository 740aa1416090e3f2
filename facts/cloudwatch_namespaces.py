"""Namespaces of CloudWatch in which AWS publishes what models do.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from typing import Final

__all__ = ["API_GATEWAY", "COMPONENTS", "ENDPOINTS", "LAMBDA", "SAGEMAKER"]

SAGEMAKER: Final = "AWS/SageMaker"
ENDPOINTS: Final = "/aws/sagemaker/Endpoints"
"""What endpoints' instances use; their log groups begin with it too."""
COMPONENTS: Final = "/aws/sagemaker/InferenceComponents"
"""What components' copies use; their log groups begin with it too."""
API_GATEWAY: Final = "AWS/ApiGateway"
LAMBDA: Final = "AWS/Lambda"
