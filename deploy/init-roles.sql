-- The three roles and the database, made once by a superuser:
--   LR_OWNER_PASSWORD=… LR_APP_PASSWORD=… LR_OPS_PASSWORD=… psql -f deploy/init-roles.sql postgres
-- lr_owner owns the schema and migrates; lr_app serves and is held by row-level security;
-- lr_ops works across practices. A server that can't grant BYPASSRLS: see README.md.
\getenv owner_password LR_OWNER_PASSWORD
\getenv app_password LR_APP_PASSWORD
\getenv ops_password LR_OPS_PASSWORD
CREATE ROLE lr_owner LOGIN NOSUPERUSER BYPASSRLS PASSWORD :'owner_password';
CREATE ROLE lr_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
CREATE ROLE lr_ops LOGIN NOSUPERUSER BYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'ops_password';
CREATE DATABASE launchready OWNER lr_owner;
REVOKE ALL ON DATABASE launchready FROM PUBLIC;
GRANT CONNECT ON DATABASE launchready TO lr_app, lr_ops;
