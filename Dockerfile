# syntax=docker/dockerfile:1
# One image for every role: gateway, workers, codec server, migration, release. The command says which.
#
#   docker build --target runtime -t varloom:VERSION .
#
# The target `stand-ins` adds what only an installation without real services needs: the local issuer, the payment sandbox.
# Bases are pinned by tag. Pin them by digest in your registry's mirror: where this was written there was no registry to ask.

# The version that package.json names; a test holds the two together.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS manifest
WORKDIR /varloom
COPY package.json package-lock.json .npmrc ./

# Scripts of packages are not run: none is needed, and the package `node` would load a second Node. As infra/setup does it: the
# lock file has no entries for packages of other systems, which `npm ci` takes for out of date; `npm install` keeps to its versions.
FROM manifest AS all-modules
RUN npm ci --ignore-scripts --no-audit --no-fund \
    || npm install --no-save --ignore-scripts --no-audit --no-fund

FROM manifest AS production-modules
RUN { npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
        || npm install --no-save --omit=dev --ignore-scripts --no-audit --no-fund; } \
    && rm -rf node_modules/node node_modules/node-bin-* node_modules/.bin/node

FROM all-modules AS build
COPY . .
RUN node workers/bundle.ts build/workflows.js && node_modules/.bin/vite build web

# What is deployed, by name: no local stack, no stand-in, no demo, no sources of the pages, and nothing that empties a database.
# tests/deployment/image.test.ts looks whether it is all that the programs load.
FROM node:${NODE_VERSION}-bookworm-slim AS production-files
WORKDIR /varloom
COPY package.json ./
COPY activities activities
COPY api api
COPY codec codec
COPY db db
COPY domain domain
COPY infra/backup infra/backup
COPY infra/docker/health.mjs infra/docker/health.mjs
COPY infra/process-identity.ts infra/process-identity.ts
COPY kms kms
COPY process process
COPY store store
COPY temporal temporal
COPY workers workers
COPY workflows workflows
RUN rm db/reset.ts db/seed.ts db/truncate.ts

FROM node:${NODE_VERSION}-bookworm-slim AS base
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
# The engine. Its results depend on the version, so another one ends the build.
RUN apt-get update \
    && apt-get install -y --no-install-recommends bcftools=1.16-1 samtools=1.16.1-1 tabix=1.16+ds-3 \
    && rm -rf /var/lib/apt/lists/* \
    && [[ "$(bcftools --version | head -n 1)" == 'bcftools 1.16' ]] \
    && [[ "$(samtools --version | head -n 1)" == 'samtools 1.16.1' ]] \
    && [[ "$(tabix --version | head -n 1)" == 'tabix (htslib) 1.16' ]] \
    # Nothing is installed at run time.
    && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-* \
        /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    # What a volume mounted here gets as its owner. All else of the file system may be read-only.
    && install -d -o 1000 -g 1000 /work
WORKDIR /varloom
ENV WORK_DIRECTORY=/work \
    WORKFLOW_BUNDLE=/varloom/build/workflows.js \
    HOST=0.0.0.0 \
    OPERATIONS_HOST=0.0.0.0 \
    OPERATIONS_PORT=9400
EXPOSE 8080 8091 9400
# A worker opens its operations port once it has started.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=6 CMD ["node", "infra/docker/health.mjs"]
CMD ["node", "api/main.ts"]

FROM base AS stand-ins
COPY --from=build --chown=0:0 /varloom .
USER 1000:1000

# What is deployed: no package that only development needs.
FROM base AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Varloom" \
      org.opencontainers.image.description="Annotates genome variants and delivers the results" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/node:24.21.0-bookworm-slim"
ENV NODE_ENV=production
COPY --from=production-modules --chown=0:0 /varloom/node_modules node_modules
COPY --from=production-files --chown=0:0 /varloom .
COPY --from=build --chown=0:0 /varloom/build build
USER 1000:1000
