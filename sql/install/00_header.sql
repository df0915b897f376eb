-- pgclinical: assembled from sql/install/*.sql; edit those
\echo Use "CREATE EXTENSION pgclinical" to load this file. \quit
SET LOCAL search_path TO pg_catalog, pg_temp;
