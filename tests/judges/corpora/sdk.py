"""The Python examples in the documentation of Pulumi's SDKs for AWS and Google Cloud.

They come from the Terraform providers' documentation, whose authors write them for users. Running
them takes a minute or two, so that what they register is kept in the project's cache.
"""

import concurrent.futures
import hashlib
import importlib.metadata
import json
import os
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from pathlib import Path

from google.protobuf import json_format, struct_pb2

from sandbox.schema.cache import cache_folder
from sandbox.wire import decode
from tests.judges.corpora.docs import texts
from tests.judges.corpora.forms import is_form
from tests.judges.corpora.model import Corpus, Example, Resource

__all__ = ["FOLDERS", "corpus", "modules"]

# Folders of the SDK, or the beginning of files' names in one.
FOLDERS = {
    "aws": (
        *("apigatewayv2/", "appautoscaling/", "autoscaling/", "cloudwatch/", "codedeploy/"),
        *("dynamodb/", "ecr/", "eks/", "iam/", "kms/", "lambda_/", "s3/", "sagemaker/"),
        *("scheduler/", "secretsmanager/", "sns/", "sqs/", "ssm/"),
        *("ec2/instance", "ec2/internet_gateway", "ec2/launch_template", "ec2/nat_gateway"),
        *("ec2/route", "ec2/security_group", "ec2/subnet", "ec2/vpc", "ec2/eip", "vpc/"),
        # What stands beside them.
        *("acm/", "apigateway/", "bedrock/", "cloudfront/", "ecs/", "efs/", "kinesis/", "lb/"),
        *("pipes/", "route53/", "sfn/", "wafv2/"),
    ),
    "gcp": (
        *("artifactregistry/", "cloudfunctionsv2/", "cloudrunv2/", "container/", "kms/"),
        *("monitoring/", "projects/", "pubsub/", "secretmanager/", "serviceaccount/"),
        *("storage/", "vertex/", "compute/"),
        # What stands beside them.
        *("apigateway/", "bigquery/", "cloudfunctions/", "cloudrun/", "cloudscheduler/", "dns/"),
        *("eventarc/", "iam/", "logging/"),
    ),
}
RUNNER = "tests.judges.corpora.sdk_examples"
SOURCES = tuple(Path(__file__).with_name(f"{name}.py") for name in ("docs", "sdk_examples"))
PROCESSES = 2


def modules(provider: str) -> list[str]:
    """The SDK's modules that the examples are taken from: `lambda_/function`."""
    root = Path(sysconfig.get_path("purelib")) / f"pulumi_{provider}"
    return [
        path.relative_to(root).with_suffix("").as_posix()
        for start in FOLDERS[provider]
        for path in sorted(root.glob(f"{start}*.py"))
        if not path.name.startswith("_") and "```python" in path.read_text(encoding="utf-8")
    ]


def corpus(provider: str, names: Sequence[str] = ()) -> Corpus:
    """Examples of a provider's SDK, or of some of its modules; run now if the cache has none."""
    version = importlib.metadata.version(f"pulumi-{provider}")
    sources = [path.read_text(encoding="utf-8") for path in SOURCES]
    told = json.dumps([version, names or FOLDERS[provider], sources])
    digest = hashlib.sha256(told.encode()).hexdigest()[:12]
    path = cache_folder() / "judges" / f"{provider}-{digest}.jsonl"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}")
        programs = texts(provider, names or modules(provider))
        partial.write_text(run(provider, programs), encoding="utf-8")
        partial.replace(path)
    return parsed(f"pulumi-{provider} {version}", path.read_text(encoding="utf-8"))


def run(provider: str, programs: Mapping[str, str]) -> str:
    """What examples register, as `sdk_examples.py` tells it."""
    names = sorted(programs)

    def part(some: Sequence[str]) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", RUNNER, provider],
            input=json.dumps({name: programs[name] for name in some}),
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{RUNNER} ended with {done.returncode}: {done.stderr[-2000:]}")
        return done.stdout

    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        return "".join(pool.map(part, [names[start::PROCESSES] for start in range(PROCESSES)]))


def parsed(source: str, lines: str) -> Corpus:
    """The corpus of what `sdk_examples.py` prints."""
    examples: list[Example] = []
    left_out: dict[str, str] = {}
    for line in lines.splitlines():
        document = json.loads(line)
        name = document["example"]
        if reason := document.get("left_out"):
            left_out[name] = reason
        else:
            # One without arguments stands for what is described elsewhere.
            found = tuple(_resource(*each) for each in document["resources"] if each[2])
            if found and any(is_form(each.inputs) for each in found):
                left_out[name] = "a form: parts are to be filled in"
            elif found:
                bare = [f"arguments of {each[1]}" for each in document["resources"] if not each[2]]
                examples.append(Example(name, found, (*document["needs"], *bare)))
            else:
                left_out[name] = "it registers no resource with arguments"
    examples.sort(key=lambda example: example.name)
    return Corpus(source, tuple(examples), left_out)


def _resource(token: str, name: str, inputs: dict[str, object]) -> Resource:
    message = struct_pb2.Struct()
    json_format.ParseDict(inputs, message)
    return Resource(token, name, decode(message)[0])
