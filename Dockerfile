# Build with: docker build -t kaimedia . — To run it, see compose.yaml or docs/hosting.md.
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /app

# Before the code, so that this layer stays cached when only the code changes.
COPY requirements.txt ./
RUN pip install --quiet -r requirements.txt

COPY .streamlit/config.toml .streamlit/
COPY static static
COPY app.py LICENSE ./
COPY pages pages
COPY kaimedia kaimedia
RUN python -m compileall -q app.py pages kaimedia

# The code belongs to root; the app writes only to the two volumes.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin kaimedia \
    && install --directory --owner=kaimedia --group=kaimedia --mode=0700 /data /media
USER 10001
ENV KAIMEDIA_DATA=/data \
    KAIMEDIA_MEDIA_URL=/media
VOLUME ["/data", "/media"]

EXPOSE 8501
# This route responds in every access mode, even if the database is unavailable.
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/api/health', timeout=4)"]

# Until KAIMEDIA_ACCESS is set, only requests from inside the container are allowed: docs/hosting.md.
CMD ["streamlit", "run", "app.py", "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true"]
