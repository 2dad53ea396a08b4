# Nethra's image: the web server by default; compose.yaml runs the worker and the migrations from it too.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build
COPY requirements.txt /tmp/requirements.txt
RUN python3 -m venv /opt/nethra \
    && /opt/nethra/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
        -r /tmp/requirements.txt

FROM ${BASE}
# apt reads the first name as a pattern: GDAL's package is called otherwise in every Debian release.
RUN apt-get update -q \
    && apt-get install -y --no-install-recommends '^libgdal[0-9]+$' libsodium23 libmagic1 ffmpeg fonts-dejavu-core ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin nethra \
    && install -d -o nethra -g nethra /var/lib/nethra /var/lib/nethra/uploads /var/lib/nethra/evidence \
        /var/lib/nethra-audit /var/lib/nethra-audit/log /var/cache/nethra
COPY --from=build /opt/nethra /opt/nethra
WORKDIR /srv/nethra
COPY manage.py ./
COPY nethra nethra
COPY accounts accounts
COPY incidents incidents
COPY cases cases
COPY media_evidence media_evidence
COPY insights insights
ENV PATH=/opt/nethra/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    ENVIRONMENT=production \
    STATIC_ROOT=/srv/nethra/staticfiles \
    UPLOAD_DIR=/var/lib/nethra/uploads \
    EVIDENCE_DIR=/var/lib/nethra/evidence \
    EXPORT_DIR=/var/lib/nethra/exports \
    NUMBA_CACHE_DIR=/var/cache/nethra \
    WEB_HOST=0.0.0.0 \
    WEB_PORT=8000
# Secrets of this one step are random and stay in it; no database is asked.
RUN python3 -m compileall -q manage.py nethra accounts incidents cases media_evidence insights \
    && SECRET_KEY="$(head -c 48 /dev/urandom | base64 -w0)" \
        PASETO_KEYS="k4.local.$(head -c 32 /dev/urandom | base64 -w0 | tr '+/' '-_' | tr -d '=')" \
        DATABASE_URL=postgis://nobody:nothing@127.0.0.1/nethra ALLOWED_HOSTS=localhost \
        python3 manage.py collectstatic --no-input --verbosity 0
USER nethra
VOLUME /var/lib/nethra /var/lib/nethra-audit
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=6s --start-period=30s --retries=3 \
    CMD ["python3", "-m", "nethra.serve", "--health"]
CMD ["python3", "-m", "nethra.serve"]
