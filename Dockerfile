# The image of the worker: one binary, and the converter of CAD files beside it, on a distroless base. There is no shell and no package manager in it, it runs as an
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
# Cargo reads the manifests of the whole workspace; of these, of which the program uses none, it compiles nothing.
COPY benches/report/Cargo.toml benches/report/
COPY crates/pricing-cad/Cargo.toml crates/pricing-cad/
COPY tests/autoscaling-model/Cargo.toml tests/autoscaling-model/
COPY tests/support/Cargo.toml tests/support/
RUN mkdir src \
    && touch src/lib.rs \
    && cargo build --locked --profile dist --lib \
    && cargo clean --locked --profile dist --package pricing-worker \
    && rm -r src

# The converter, and its CAD kernel compiled ahead of time: built again when Cargo.lock or the converter changes.
FROM ${BUILD_IMAGE} AS converter
WORKDIR /build
ENV RUSTFLAGS="--remap-path-prefix=${CARGO_HOME}=/cargo"
COPY Cargo.toml Cargo.lock ./
COPY benches/report/Cargo.toml benches/report/
COPY crates/pricing-cad crates/pricing-cad
COPY tests/autoscaling-model/Cargo.toml tests/autoscaling-model/
COPY tests/support/Cargo.toml tests/support/
RUN mkdir src \
    && touch src/lib.rs \
    && cargo build --locked --profile converter --package pricing-cad \
    && cargo run --locked --profile converter --package pricing-cad -- compile-module \
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
    org.opencontainers.image.licenses="(MIT OR Apache-2.0) AND LGPL-2.1-only" \
    org.opencontainers.image.base.name="${RUNTIME_IMAGE}" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.created="${CREATED}"
COPY LICENSE-APACHE LICENSE-MIT /usr/share/doc/pricing-worker/
# The CAD kernel within the converter: its licence, its notice and how to replace it.
COPY crates/pricing-cad/LICENSE-LGPL-2.1 crates/pricing-cad/NOTICE.md /usr/share/doc/pricing-cad/
COPY --from=converter /build/target/converter/pricing-cad /usr/local/bin/
COPY --from=converter /build/target/converter/pricing-cad-occt-7.0.0.module /usr/local/bin/
COPY --from=build /build/target/dist/pricing-worker /usr/local/bin/
# By number: Kubernetes' runAsNonRoot cannot tell a name from root.
USER 65532:65532
# /metrics, /livez, /readyz
EXPOSE 9090
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/pricing-worker"]
CMD ["run"]
