# The KRM function as an image, for kpt and kustomize: a ResourceList on stdin and stdout.
#   docker build -t cnx-harden .
FROM rust:1.88-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package cnx-harden-cli

FROM debian:bookworm-slim
COPY --from=build /src/target/release/cnx-harden /usr/local/bin/cnx-harden
USER 65534:65534
ENTRYPOINT ["/usr/local/bin/cnx-harden"]
CMD ["krm"]
