"""gunicorn's own limits. Address, workers and threads stand in the Procfile or the Dockerfile."""

from pathlib import Path

from config.settings import DEBUG, LOGGING, TRUSTED_PROXIES

wsgi_app = "config.wsgi:application"
worker_class = "gthread"
reload = DEBUG
timeout = 30
graceful_timeout = 30
keepalive = 5

limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190

# Only these may say by X-Forwarded-Proto that the visitor came over https.
forwarded_allow_ips = ",".join(TRUSTED_PROXIES)

# Requests are logged by config/requests.py, with their id and without secret paths.
accesslog = None
logconfig_dict = LOGGING
control_socket_disable = True
# The heartbeat file belongs in memory, and the root file system may be read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
