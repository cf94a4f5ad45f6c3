FROM node:24-trixie-slim AS build
WORKDIR /halfclose
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY server server
COPY web web
RUN npm run build
# Optional dependencies stay: they are the prebuilt binaries.
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-trixie-slim
# Where the host's /proc is to be mounted; a variable, so that the health check and other flags leave it as it is.
ENV NODE_ENV=production HALFCLOSE_PATH_PROCFS=/host/proc
WORKDIR /halfclose
COPY LICENSE package.json ./
COPY --from=build /halfclose/node_modules node_modules
COPY --from=build /halfclose/dist dist
# What is to outlive the container: alerts, history, evidence.
ENV HALFCLOSE_STORAGE_PATH=/var/lib/halfclose
RUN install -d -m 0700 -o node -g node /var/lib/halfclose
VOLUME /var/lib/halfclose
USER node
EXPOSE 10793
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "dist/server/main.js", "healthcheck"]
ENTRYPOINT ["node", "dist/server/main.js"]
