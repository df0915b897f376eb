-- Servers of wrapper pgclinical_files: their options, and what lies below their location.
\set SHOW_CONTEXT never

\getenv folder PG_ABS_BUILDDIR
\set inbox :folder '/inbox'
\setenv INBOX :inbox
\! rm -rf "$INBOX" && mkdir -p "$INBOX/adt/late" "$INBOX/lab"
\! printf 'one' >"$INBOX/adt/1.hl7"; printf 'second' >"$INBOX/adt/2.hl7"
\! printf 'deep' >"$INBOX/adt/late/3.hl7"; printf 'lab' >"$INBOX/lab/1.oru"
\! ln -s /etc/passwd "$INBOX/adt/link.hl7"; ln -s /etc "$INBOX/outside"; mkfifo "$INBOX/adt/pipe.hl7"
\! printf 'x' >"$INBOX/adt/$(printf 'bad\377name').hl7"; printf 'h' >"$INBOX/adt/.hidden.hl7"
\set location 'file://' :inbox

-- Options: a closed list, and object stores say that they are to come.
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files;
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location '/srv', region 'x');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (region 'x', location 's3://lake');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'ftp://host/folder');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://host/folder');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file:///a%2');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'srv/inbox');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location '');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location :'location');
ALTER SERVER inbox OPTIONS (DROP location);
CREATE USER MAPPING FOR PUBLIC SERVER inbox OPTIONS (access_key_id 'x');

-- Links, pipes and names that are no text are counted, never read.
SELECT name, size, modified > '2020-01-01' AS dated FROM _pgclinical.server_files('inbox', 'adt/*.hl7');
SELECT name FROM _pgclinical.server_files('inbox', '**/*.hl7');
SELECT name FROM _pgclinical.server_files('inbox', 'lab/?.oru');
SELECT name FROM _pgclinical.server_files('inbox', '[!a]*/1.*');
SELECT name FROM _pgclinical.server_files('inbox', 'adt/.h*');
SELECT name FROM _pgclinical.server_files('inbox', 'nowhere/*');
SELECT name FROM _pgclinical.server_files('inbox', NULL);

-- Bytes, from any offset.
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7');
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7', 2, 3);
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7', 6, 3) AS behind_the_end;
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7', 1000) AS far_behind;
SELECT _pgclinical.server_file('inbox', 'adt/late/3.hl7', 0, 0) AS nothing;
SELECT _pgclinical.server_file('inbox', NULL) IS NULL AS null_in_null_out;
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7', -1);
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7', 0, -1);

-- Nothing outside the location, and no error names a file.
SELECT _pgclinical.server_file('inbox', 'adt/link.hl7');
SELECT _pgclinical.server_file('inbox', 'outside/passwd');
SELECT _pgclinical.server_file('inbox', 'adt/pipe.hl7');
SELECT _pgclinical.server_file('inbox', 'adt');
SELECT _pgclinical.server_file('inbox', 'adt/none.hl7');
SELECT _pgclinical.server_file('inbox', '../inbox/adt/1.hl7');
SELECT _pgclinical.server_file('inbox', 'adt/../adt/1.hl7');
SELECT _pgclinical.server_file('inbox', '/etc/passwd');
SELECT _pgclinical.server_file('inbox', 'adt//1.hl7');
SELECT _pgclinical.server_file('inbox', '');
SELECT name FROM _pgclinical.server_files('inbox', '../*');
SELECT name FROM _pgclinical.server_files('inbox', '/etc/*');
SELECT name FROM _pgclinical.server_files('inbox', '**');
SELECT name FROM _pgclinical.server_files('inbox', '**/a/**/*');
SELECT name FROM _pgclinical.server_files('nowhere', '*');

-- Privileges: files of the server, and the foreign server.
CREATE ROLE regress_store_reader;
GRANT pgclinical_etl TO regress_store_reader;
SET ROLE regress_store_reader;
SELECT count(*) FROM _pgclinical.server_files('inbox', 'adt/*.hl7');
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7');
CREATE SERVER other FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location '/etc');
RESET ROLE;
GRANT pg_read_server_files TO regress_store_reader;
SET ROLE regress_store_reader;
SELECT count(*) FROM _pgclinical.server_files('inbox', 'lab/*');
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7');
RESET ROLE;
GRANT USAGE ON FOREIGN SERVER inbox TO regress_store_reader;
SET ROLE regress_store_reader;
SELECT count(*) FROM _pgclinical.server_files('inbox', 'lab/*');
SELECT _pgclinical.server_file('inbox', 'adt/2.hl7');
RESET ROLE;

-- A server of another wrapper is none of ours.
CREATE FOREIGN DATA WRAPPER regress_other;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER regress_other OPTIONS (location '/etc');
SELECT name FROM _pgclinical.server_files('elsewhere', '*');

DROP SERVER elsewhere;
DROP FOREIGN DATA WRAPPER regress_other;
DROP SERVER inbox;
DROP OWNED BY regress_store_reader;
DROP ROLE regress_store_reader;
\! rm -rf "$INBOX"
