-- What the administrator prepares once: the extension, the roles, the folder of the feeds, and the
-- secret that keys the project's crosswalk, a file outside the data directory.
CREATE EXTENSION pgclinical;
CREATE ROLE etl LOGIN IN ROLE pgclinical_etl, pgclinical_releaser, pgclinical_auditor,
    pg_read_server_files;
CREATE ROLE analyst LOGIN;
GRANT CREATE ON DATABASE demo TO etl;
SET ROLE etl;
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
SELECT pgclinical.create_warehouse('ehr') \g /dev/null
RESET ROLE;
ALTER DATABASE demo SET pgclinical.crosswalk_key_file = :'key';
