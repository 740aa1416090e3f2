# The inference server (docs/runtime.md) on CPUs, amd64 and arm64. How it is built, signed and run,
# and what of it was verified: docs/images.md.
#
#   docker build -f runtime/images/cpu.Dockerfile -t serving-cpu runtime
#
# A base is pinned by the digest of its index, which has all architectures; the tag says what it is.

# Python of the minor version, on the Debian, that the last stage has: bytecode and wheels fit both.
FROM docker.io/library/python:3.13.14-slim-trixie@sha256:9662417aace5ae7b8e2609cce472b72a8958e134ba372808abe9cc1a0c0125e6 AS build
WORKDIR /app
COPY requirements-server.txt ./
# Wheels only: a source distribution would run code of its own, and want a compiler.
RUN python -m pip install --no-cache-dir --no-compile --no-deps --only-binary :all: --require-hashes --target packages --requirement requirements-server.txt \
    && rm -r packages/bin requirements-server.txt
COPY . runtime/
# Whoever runs it may not write: bytecode is made here, and never checked against its source.
RUN python -m compileall -q --invalidation-mode unchecked-hash packages runtime \
    && chmod -R a+rX,go-w .

# No shell, no package manager: Python, glibc, libstdc++, OpenSSL, certificates.
FROM gcr.io/distroless/python3-debian13:nonroot@sha256:8ee214843129f43e2ebf5e0ca9f2e4e6d8292143d1b8a6787f169b5898578884
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="serving-cpu" \
      org.opencontainers.image.description="Inference server: one ONNX model by the open inference protocol" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="gcr.io/distroless/python3-debian13:nonroot" \
      org.opencontainers.image.base.digest="sha256:8ee214843129f43e2ebf5e0ca9f2e4e6d8292143d1b8a6787f169b5898578884"
ENV PYTHONPATH=/app/packages:/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /app
COPY --from=build /app /app
# By number, so that Kubernetes can check `runAsNonRoot`; it is distroless's `nonroot`.
USER 65532:65532
EXPOSE 8000
# For Docker alone; Kubernetes and Cloud Run have probes of their own and do not read this. Liveness:
# an instance that drains is not ready, and must not be ended for that.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["/usr/bin/python3", "-m", "runtime.images.health"]
ENTRYPOINT ["/usr/bin/python3", "-m", "runtime.server"]
