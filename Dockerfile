# The image of the worker: one binary on a distroless base. There is no shell and no package manager in it, it runs as an
# unprivileged user, and it writes nothing, so the root may be read-only. docs/operations.md says how it is built and run;
# tests/it/image runs the stages below on a machine without a container engine.

# Both bases are of one release of Debian, so that the binary finds the glibc that it was linked against. Where there is a
# mirror: --build-arg BUILD_IMAGE=mirror.example/rust:1.95-slim-bookworm, with @sha256:... where it must be exactly that one.
ARG BUILD_IMAGE=docker.io/library/rust:1.95-slim-bookworm
ARG RUNTIME_IMAGE=gcr.io/distroless/cc-debian12:nonroot

# Everything that the program is built from but its own sources: this stage is built again when Cargo.lock changes, and
# taken from the cache otherwise. An empty library stands in for the sources, and is forgotten with what was made of it.
FROM ${BUILD_IMAGE} AS dependencies
WORKDIR /build
# The same program wherever its dependencies' sources were.
ENV RUSTFLAGS="--remap-path-prefix=${CARGO_HOME}=/cargo"
COPY Cargo.toml Cargo.lock ./
# Cargo reads the manifests of the whole workspace; of these three, which only tests and benches use, it compiles nothing.
COPY benches/report/Cargo.toml benches/report/
COPY tests/autoscaling-model/Cargo.toml tests/autoscaling-model/
COPY tests/support/Cargo.toml tests/support/
RUN mkdir src \
    && touch src/lib.rs \
    && cargo build --locked --profile dist --lib \
    && cargo clean --locked --profile dist --package pricing-worker \
    && rm -r src

FROM dependencies AS build
COPY src src
COPY fixtures/price-books/sample.toml fixtures/price-books/
RUN cargo build --locked --profile dist --bin pricing-worker

FROM ${RUNTIME_IMAGE}
ARG RUNTIME_IMAGE
# What only the one who builds it knows; empty where it was not said.
ARG SOURCE=""
ARG REVISION=""
ARG CREATED=""
LABEL org.opencontainers.image.title="pricing-worker" \
    org.opencontainers.image.description="Measures 3D models and quotes them: a stateless worker between RabbitMQ and S3, and a command line" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.licenses="MIT OR Apache-2.0" \
    org.opencontainers.image.base.name="${RUNTIME_IMAGE}" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/pricing-worker/
COPY --from=build /build/target/dist/pricing-worker /usr/local/bin/
# By number: Kubernetes' runAsNonRoot cannot tell a name from root.
USER 65532:65532
# /metrics, /livez, /readyz
EXPOSE 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/pricing-worker"]
CMD ["run"]
