# One image for gateway, workers, codec and migrations; a second target adds what only a local installation needs.
# Not built where it was written (no container engine there): the steps are those of `npm run build`, run by hand.

FROM node:24-bookworm-slim AS modules
WORKDIR /varloom
COPY package.json package-lock.json .npmrc ./
# All of them: the build and the local issuer need the development ones.
RUN npm ci

FROM modules AS build
COPY . .
RUN node workers/bundle.ts build/workflows.js && node_modules/.bin/vite build web

FROM node:24-bookworm-slim AS base
RUN apt-get update \
    && apt-get install -y --no-install-recommends bcftools tabix samtools \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o node -g node /work
WORKDIR /varloom
ENV WORK_DIRECTORY=/work WORKFLOW_BUNDLE=/varloom/build/workflows.js HOST=0.0.0.0
COPY --from=build /varloom .
EXPOSE 8080
CMD ["node", "api/main.ts"]

# With the issuer and the lay-out of the local store.
FROM base AS local
USER node

# What is deployed: no development packages.
FROM base AS runtime
RUN npm prune --omit=dev && npm cache clean --force
ENV NODE_ENV=production
USER node
