# An image function of AWS Lambda: the handler of runtime/lambda_handler.py. docs/images.md has the
# rest.
#
#   docker build -f runtime/images/lambda.Dockerfile -t serving-lambda runtime
#   docker build -f runtime/images/lambda.Dockerfile --target with-model \
#     --build-context model=.cache/artifacts/iris-classifier/1.1.0 -t iris-classifier runtime
#
# The first pulls its model (MODEL_SERVING_MODEL_URI), the second has it inside. Lambda takes images
# of one architecture: `--platform linux/arm64` or `linux/amd64`, `--provenance=false`.
#
# The base is pinned by its dated tag, which AWS does not move; its digest is not known here. Lambda
# patches no image function: a newer base is a newer image. awslambdaric is in it.

FROM public.ecr.aws/lambda/python:3.13.2026.06.05.14 AS build
WORKDIR /asset
COPY requirements-lambda.txt ./
# Wheels only: a source distribution would run code of its own, and want a compiler.
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes --target . --requirement requirements-lambda.txt \
    && rm -r bin requirements-lambda.txt
COPY . runtime/
# Lambda's user may only read; bytecode made here saves a cold start the compiling.
RUN python -m compileall -q --invalidation-mode unchecked-hash . \
    && chmod -R a+rX,go-w .

FROM public.ecr.aws/lambda/python:3.13.2026.06.05.14 AS handler
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="serving-lambda" \
      org.opencontainers.image.description="Inference on AWS Lambda: one ONNX model" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="public.ecr.aws/lambda/python:3.13.2026.06.05.14"
ENV PYTHONDONTWRITEBYTECODE=1
COPY --from=build /asset ${LAMBDA_TASK_ROOT}
# No USER: Lambda runs an image that names none by its own user without rights
# (https://docs.aws.amazon.com/lambda/latest/dg/python-image.html). No HEALTHCHECK, no ENTRYPOINT:
# Lambda asks the base's runtime client, which imports this.
CMD ["runtime.lambda_handler.handler"]

FROM handler AS with-model
# It is the build context of that name, not a stage.
# hadolint ignore=DL3022
COPY --from=model --chmod=444 model.onnx ${LAMBDA_TASK_ROOT}/

# What is built where no target is named.
FROM handler
