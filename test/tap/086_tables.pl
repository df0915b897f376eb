# Copies of labelled tables among roles, in dumps, and in the log: who may label, who reads what, what
# a restored database still knows.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $files = PostgreSQL::Test::Utils::tempdir();
append_to_file("$files/tables.key", '0123456789abcdef' x 4);
chmod 0400, "$files/tables.key";
my $settings = "pgclinical.crosswalk_key_file = '$files/tables.key'\nlog_min_messages = debug1\n";

my $node = PostgreSQL::Test::Cluster->new('tables');
$node->init;
$node->append_conf('postgresql.conf', $settings);
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE DATABASE clinic;
\c clinic
CREATE EXTENSION pgclinical;
CREATE ROLE etl LOGIN IN ROLE pgclinical_etl;
CREATE ROLE stranger LOGIN IN ROLE pgclinical_etl, pgclinical_releaser;
CREATE ROLE privacy LOGIN IN ROLE pgclinical_releaser;
CREATE ROLE recipient LOGIN;
GRANT CREATE ON DATABASE clinic TO etl, privacy;
SQL

# SQLSTATE of one statement as a role; '' when it succeeds.
sub sqlstate_as {
	my ($role, $sql, $on, $database) = @_;
	my ($code, $out, $err) = ($on // $node)->psql($database // 'clinic', "\\set VERBOSITY sqlstate\n$sql",
		extra_params => [ '-U', $role ], on_error_stop => 1);
	return $err =~ /ERROR:\s+(\w{5})/ ? $1 : $code == 0 ? '' : "failed: $err";
}

sub as {
	my ($role, $sql, $on) = @_;
	return ($on // $node)->safe_psql('clinic', $sql, extra_params => [ '-U', $role ]);
}

as('etl', <<'SQL');
SELECT pgclinical.create_warehouse('ehr');
CREATE SCHEMA site;
CREATE TABLE site.person (mrn text PRIMARY KEY, name text, born date);
CREATE TABLE site.visit (visit bigint PRIMARY KEY, mrn text REFERENCES site.person, admitted timestamptz);
INSERT INTO site.person SELECT 'MRNQZX' || n, 'Quxzanna Vexlint' || n, date '1940-01-01' + n FROM generate_series(1, 200) n;
INSERT INTO site.visit SELECT 7310000 + n, 'MRNQZX' || n % 200 + 1, timestamptz '2019-01-01' + n * interval '1 hour'
FROM generate_series(1, 1000) n;
GRANT USAGE ON SCHEMA site, ehr TO privacy;
GRANT SELECT ON ALL TABLES IN SCHEMA site TO privacy;
GRANT SELECT ON ALL TABLES IN SCHEMA ehr TO privacy;
SQL

# --- Who may label, and how the provider comes to be there.
my $label = "SECURITY LABEL FOR pgclinical ON COLUMN site.person.name IS 'action=remove category=name'";
is(sqlstate_as('etl', $label), '22023', 'a session without the library knows no provider');
is(sqlstate_as('etl', "SELECT pgclinical.label_column('site.person', 'name', 'action=remove category=name')"),
	'', 'label_column loads it');
$node->safe_psql('clinic', 'GRANT USAGE ON SCHEMA site TO stranger');
is(sqlstate_as('stranger', "SELECT pgclinical.label_column('site.person', 'name', NULL)"), '42501',
	'who does not own the table labels nothing');
is(sqlstate_as('recipient', "SELECT pgclinical.label_column('site.person', 'name', NULL)"), '42501',
	'nor who may not even call it');
$node->safe_psql('clinic', "ALTER DATABASE clinic SET session_preload_libraries = 'pgclinical'");
is(sqlstate_as('etl', $label), '', 'with session_preload_libraries the statement does');
is(sqlstate_as('stranger', $label), '42501', '... for the owner');
is(sqlstate_as('etl', "SECURITY LABEL FOR pgclinical ON COLUMN site.person.born IS 'action=zip3'"), '22023',
	'a label is checked against the type');
as('etl', <<'SQL');
SECURITY LABEL FOR pgclinical ON COLUMN site.person.mrn IS 'action=code domain=Patient authority=SITE';
SECURITY LABEL FOR pgclinical ON COLUMN site.person.born IS 'action=year role=birth expert_determination=date_shift';
SECURITY LABEL FOR pgclinical ON COLUMN site.visit.visit IS 'action=code domain=Visit';
SECURITY LABEL FOR pgclinical ON COLUMN site.visit.mrn IS 'action=code domain=Patient authority=SITE';
SECURITY LABEL FOR pgclinical ON COLUMN site.visit.admitted IS '{"action": "year", "zone": "America/New_York"}';
SQL

# --- Who releases, and who reads.
my $tables = "ARRAY['site.person', 'site.visit']::regclass[]";
my $release = "CALL pgclinical.release_tables('ehr', 'research', $tables, reference_date => '2024-01-01', recipient => 'recipient')";
is(sqlstate_as('etl', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'reviewed', $tables)"), '42501',
	'who owns the tables attests nothing');
is(sqlstate_as('etl', $release), '42501', '... and releases nothing');
is(sqlstate_as('stranger', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'reviewed', $tables)"), '42501',
	'a releaser without rights on the warehouse attests nothing');
is(sqlstate_as('privacy', $release), '55000', 'no attestation, no release');
as('privacy', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'reviewed', $tables)");
as('privacy', $release);
is(as('recipient', 'SELECT count(*), count(DISTINCT mrn), min(born), max(born) FROM research.person'), '200|200|1940|1940',
	'the recipient reads the copy');
is(as('recipient', 'SELECT count(*) FROM research.visit JOIN research.person USING (mrn)'), '1000', 'keys join');
is(sqlstate_as('recipient', $_), '42501', "the recipient cannot: $_")
  for 'SELECT * FROM site.person', 'SELECT * FROM pgclinical_crosswalk.code', 'SELECT * FROM ehr.identity',
  'DELETE FROM research.person', 'CREATE TABLE research.mine ()',
  "SELECT pgclinical.table_policy_hash(ARRAY['research.person']::regclass[])", "SELECT _pgclinical.patient_id_of('SITE', '1')",
  "SELECT pgclinical.create_masking_view('site.person', 'site.v')";
is(as('recipient', "SELECT string_agg(relkind::text || relname, ' ' ORDER BY relname) FROM pg_class
		WHERE relnamespace = 'research'::regnamespace AND relkind NOT IN ('i', 't')"), 'rperson rvisit', 'tables, no views');

# --- A masking view is no way around.
as('etl', "SELECT pgclinical.create_masking_view('site.person', 'site.masked'); GRANT USAGE ON SCHEMA site TO recipient;
	GRANT SELECT ON site.masked TO recipient");
is(sqlstate_as('recipient', 'SELECT * FROM site.masked'), '42501', 'a granted masking view gives a recipient nothing');
is(sqlstate_as('privacy', 'SELECT * FROM site.masked'), '42501', '... nor anybody without a grant');
as('etl', 'GRANT SELECT ON site.masked TO privacy');
is(as('privacy', 'SELECT min(born), count(*) FROM site.masked'), '1940|200', '... but who may see the table reads years');

# --- A new column blocks, and what is published stands.
as('etl', 'ALTER TABLE site.visit ADD COLUMN remark text');
is(sqlstate_as('privacy', $release), '55000', 'a column without a label refuses the release');
is(as('recipient', 'SELECT count(*) FROM research.visit'), '1000', '... and leaves the earlier one');
as('etl', "SECURITY LABEL FOR pgclinical ON COLUMN site.visit.remark IS 'format=text'");
is(sqlstate_as('privacy', $release), '55000', 'a new label takes a new attestation');
as('privacy', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'reviewed again', $tables)");
as('privacy', $release);
is(as('etl', "SELECT count(*) FROM pg_namespace WHERE nspname ~ 'pgclinical_(work|stage)'"), '0', 'nothing is left over');

# --- Nothing of a patient in the log, at any level of ours.
my $log = slurp_file($node->logfile);
unlike($log, qr/Vexlint\d|MRNQZX\d/, 'the log names nobody');

# --- A dump carries the labels; the restored database gives the same codes.
my $labels = "SELECT objname, label FROM pg_seclabels WHERE provider = 'pgclinical' ORDER BY 1";
my $hash = "SELECT pgclinical.table_policy_hash($tables)";
my $codes = 'SELECT string_agg(mrn, \' \' ORDER BY mrn) FROM research.person';
my $dumps = PostgreSQL::Test::Utils::tempdir();
$node->command_ok([ 'pg_dumpall', '--globals-only', '-f', "$dumps/roles.sql" ], 'dump of roles');
$node->command_ok([ 'pg_dump', '--format=custom', '-f', "$dumps/clinic.dump", 'clinic' ], 'dump');
$node->command_ok([ 'pg_dump', '-n', 'site', '-f', "$dumps/site.sql", 'clinic' ], 'dump of one schema');

my $target = PostgreSQL::Test::Cluster->new('target');
$target->init;
$target->append_conf('postgresql.conf', $settings);
$target->start;
$target->psql('postgres', "\\i $dumps/roles.sql", on_error_stop => 0);
$target->command_ok([ 'pg_restore', '--exit-on-error', '--create', '--dbname=postgres', "$dumps/clinic.dump" ], 'restore');
is(as('etl', $labels, $target), as('etl', $labels), 'every label is there');
is(as('privacy', $hash, $target), as('privacy', $hash), 'the attested hash holds');
my $before = as('privacy', $codes);
as('privacy', $release, $target);
is(as('privacy', $codes, $target), $before, 'patients keep their codes');
$target->safe_psql('postgres', 'CREATE DATABASE parallel');
$target->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', '-j', '2', '--dbname=parallel', "$dumps/clinic.dump" ],
	'restore of the structure by two jobs');
is($target->safe_psql('parallel', $labels), as('etl', $labels), '... with every label');

# One schema into a database that has the extension: the session must know the provider.
$target->safe_psql('postgres', 'CREATE DATABASE one');
$target->safe_psql('one', 'CREATE EXTENSION pgclinical');
my ($code, $out, $err) = $target->psql('one', "\\i $dumps/site.sql", on_error_stop => 1);
like($err, qr/security label provider "pgclinical" is not loaded/, 'a schema alone needs the library');
$target->safe_psql('postgres', "ALTER DATABASE one SET session_preload_libraries = 'pgclinical'");
$target->safe_psql('one', 'DROP SCHEMA site CASCADE');
$target->safe_psql('one', "\\i $dumps/site.sql");
is($target->safe_psql('one', $labels), as('etl', $labels), '... and finds it by session_preload_libraries');

$target->stop;
$node->stop;
done_testing();
