# One recipe for every service: `ingest`, `enrich`, `projector`, `feed`, and `topics` before them.
# The newest Python that all of requirements.lock has wheels for, on x86-64; see the compiler below.
ARG PYTHON=3.13

# The whole image for building, not the slim one: faust-streaming has no wheel for arm64 and is compiled there.
FROM python:${PYTHON} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_PYTHON=/opt/newswire/bin/python \
    PIP_ROOT_USER_ACTION=ignore
# At the same path in both stages: scripts name their interpreter by it. Without pip: nothing is installed later.
RUN python -m venv --without-pip /opt/newswire
WORKDIR /build
# Before the code, so that a change of that leaves this layer as it is.
COPY requirements.lock .
RUN pip install --require-hashes -r requirements.lock
COPY LICENSE NOTICE README.md pyproject.toml ./
COPY newswire newswire
COPY services services
# The lock holds the build backend too, which has no work in the image; `check` says so if something else needs it.
RUN pip install --no-deps --no-build-isolation . \
 && pip uninstall --yes hatchling pathspec pluggy trove-classifiers \
 && pip check

FROM python:${PYTHON}-slim
LABEL org.opencontainers.image.title="newswire" \
      org.opencontainers.image.description="An event-driven news publishing system" \
      org.opencontainers.image.licenses="Apache-2.0"
# Owned by root and written by nobody: a service that is broken into cannot change its own code.
COPY --from=build /opt/newswire /opt/newswire
# No bytecode is written, since pip has compiled all of it and a read-only file system takes none; no line is held back
# that a process has printed before it dies. The one folder that is written to is Faust's, of no worth, below a tmpfs.
ENV PATH=/opt/newswire/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    NEWSWIRE_DATA=/tmp/enrich
# By number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /
EXPOSE 8080 8081 8082 8083 9180 9181 9182 9183
STOPSIGNAL SIGTERM
ENTRYPOINT ["newswire"]
CMD ["--help"]
