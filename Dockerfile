# Build with: docker build -t kaimedia . — To run it, see compose.yaml or docs/hosting.md.
FROM python:3.11-slim AS packages

ENV PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt /tmp/
# Packages in a folder of their own, without pip, their tests and headers: the image has nothing that is not used.
RUN --mount=type=cache,target=/root/.cache/pip \
    python -m venv --without-pip /opt/venv \
    && pip --python=/opt/venv/bin/python install --quiet --no-deps -r /tmp/requirements.txt \
    && find /opt/venv -depth -type d \( -name tests -o -name include \) -exec rm -r {} +

FROM python:3.11-slim

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# Before the code, so that this layer stays cached when only the code changes.
COPY --from=packages /opt/venv /opt/venv

WORKDIR /app
COPY .streamlit/config.toml .streamlit/
COPY static static
COPY app.py LICENSE ./
COPY pages pages
COPY kaimedia kaimedia
RUN python -m compileall -q app.py pages kaimedia

# The code belongs to root; the app writes only to the two volumes and to /tmp, also with a read-only root file system.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin kaimedia \
    && install --directory --owner=kaimedia --group=kaimedia --mode=0700 /data /media
USER 10001
ENV KAIMEDIA_DATA=/data \
    KAIMEDIA_MEDIA_URL=/media
VOLUME ["/data", "/media"]

EXPOSE 8501
# This route responds in every access mode, even if the database is unavailable.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/api/health', timeout=4)"]

# SIGTERM stops it within five seconds: paid calls in progress finish, everything else resumes at the next start.
# Until KAIMEDIA_ACCESS is set, only requests from inside the container are allowed: docs/hosting.md.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
