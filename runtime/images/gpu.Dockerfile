# The inference server (docs/runtime.md) on NVIDIA GPUs, amd64. docs/images.md has the rest.
#
#   docker build -f runtime/images/gpu.Dockerfile -t serving-gpu runtime
#
# onnxruntime-gpu 1.31 is built for CUDA 13.0 and loads cuDNN 9; the host's driver is of branch 580
# or later.

# Ubuntu 24.04's minor version of Python, with a pip: bytecode and wheels fit it.
FROM docker.io/library/python:3.12.13-slim-trixie@sha256:229a2c5bfa27522db7815ea81f9bed70af17ccb9de9fc7ad142b1877b5830d36 AS build
WORKDIR /app
COPY requirements-gpu.txt ./
# Wheels only: a source distribution would run code of its own, and want a compiler. TensorRT's
# provider goes: its libraries are not in the base.
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes --target packages --requirement requirements-gpu.txt \
    && rm -r packages/bin requirements-gpu.txt packages/onnxruntime/capi/libonnxruntime_providers_tensorrt.so
COPY . runtime/
# Whoever runs it may not write: bytecode is made here, and never checked against its source.
RUN python -m compileall -q --invalidation-mode unchecked-hash packages runtime \
    && chmod -R a+rX,go-w .

# NVIDIA's image for amd64, the one architecture that this is built for.
FROM docker.io/nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04@sha256:af851538a2bb05f587f27b660d61de3643d964e75ef5c04f4086ff2b36f2a12a
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="serving-gpu" \
      org.opencontainers.image.description="Inference server on NVIDIA GPUs: one ONNX model by the open inference protocol" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/nvidia/cuda:13.0.3-cudnn-runtime-ubuntu24.04" \
      org.opencontainers.image.base.digest="sha256:af851538a2bb05f587f27b660d61de3643d964e75ef5c04f4086ff2b36f2a12a"
# Ubuntu 24.04 has 3.12.3 for its life, and what follows are its security fixes: those are wanted.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends 'python3.12=3.12.3-*' \
    && rm -rf /var/lib/apt/lists/*
ENV PYTHONPATH=/app/packages:/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=build /app /app
# By number, so that Kubernetes can check `runAsNonRoot`.
USER 65532:65532
EXPOSE 8000
# For Docker alone; Kubernetes has probes of its own and does not read this. Liveness: an instance
# that drains is not ready, and must not be ended for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
    CMD ["/usr/bin/python3.12", "-m", "runtime.images.health"]
# Not NVIDIA's, which is a shell script that prints a banner.
ENTRYPOINT ["/usr/bin/python3.12", "-m", "runtime.server"]
