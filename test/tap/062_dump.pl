# A dump restored into a new cluster gives the same warehouse: rows, owners, privileges, triggers,
# audit trail; and the ETL goes on where it was.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $files = PostgreSQL::Test::Utils::tempdir();
system_or_bail("$root/test/data/generate.py", '--patients', '20', '--messages', '200', "$files/inbox");
mkdir "$files/keys";
append_to_file("$files/keys/research.key", '0123456789abcdef' x 4);
chmod 0400, "$files/keys/research.key";
my $settings = "pgclinical.crosswalk_key_file = '$files/keys/research.key'";

my $source = PostgreSQL::Test::Cluster->new('source');
$source->init;
$source->append_conf('postgresql.conf', $settings);
$source->start;
$source->safe_psql('postgres', <<'SQL');
CREATE DATABASE clinic;
\c clinic
CREATE EXTENSION pgclinical;
CREATE ROLE etl LOGIN IN ROLE pgclinical_etl, pg_read_server_files;
CREATE ROLE auditor LOGIN IN ROLE pgclinical_auditor;
CREATE ROLE privacy LOGIN IN ROLE pgclinical_releaser;
CREATE ROLE analyst LOGIN;
GRANT CREATE ON DATABASE clinic TO etl, privacy;
SQL

sub as {
	my ($node, $role, $sql, $database) = @_;
	return $node->safe_psql($database // 'clinic', $sql, extra_params => [ '-U', $role ]);
}
as($source, 'etl', <<SQL);
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files/inbox');
SELECT pgclinical.create_feed('ehr', 'all', 'inbox', '**/*', 'hl7v2');
INSERT INTO ehr.code_map (kind, source_code, code) VALUES ('gender', 'MALE', 'male');
GRANT USAGE ON SCHEMA ehr TO analyst;
GRANT SELECT ON ehr.patient TO analyst;
GRANT USAGE ON SCHEMA ehr TO privacy;
GRANT SELECT ON ALL TABLES IN SCHEMA ehr TO privacy;
SQL
as($source, 'etl', "CALL pgclinical.run('ehr', 'all')");
cmp_ok(as($source, 'etl', 'SELECT count(*) FROM ehr.patient'), '>', 0, 'there is something to dump');
as($source, 'privacy', "SELECT pgclinical.attest('ehr', 'research', 'safe_harbor', 'I know of no way')");
as($source, 'privacy', "CALL pgclinical.release('ehr', 'research', recipient => 'analyst')");

# One line for each table, partition and sequence of the warehouse, its release and its trail: owner,
# privileges, triggers, number of rows and a checksum over them.
sub picture {
	my ($node, $database) = @_;
	my $queries = $node->safe_psql($database, <<'SQL');
SELECT format('SELECT %L, count(*), md5(string_agg(t::text, E''\n'' ORDER BY t::text)) FROM %s t',
    concat_ws(' ', c.oid::regclass, c.relowner::regrole, c.relacl,
        (SELECT string_agg(concat(g.tgname, ':', g.tgenabled), ',' ORDER BY g.tgname)
         FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)),
    CASE c.relkind WHEN 'S' THEN format('(SELECT last_value FROM %s)', c.oid::regclass)
        ELSE c.oid::regclass::text END)
FROM pg_class c
WHERE c.relnamespace::regnamespace::text IN ('ehr', 'research', 'pgclinical_audit', 'pgclinical_crosswalk')
    AND c.relkind IN ('r', 'S')
ORDER BY c.oid::regclass::text
SQL
	return $node->safe_psql($database, join('', map { "$_;\n" } split /\n/, $queries));
}
my $before = picture($source, 'clinic');
like($before, qr/^ehr\.patient etl .*analyst=r/m, 'the picture shows privileges');
like($before, qr/pgclinical_audit_insert:A/, '... and triggers');
like($before, qr/^research\.patient privacy .*analyst=r/m, '... and the release');

my $dumps = PostgreSQL::Test::Utils::tempdir();
$source->command_ok([ 'pg_dumpall', '--globals-only', '-f', "$dumps/roles.sql" ], 'dump of roles');
$source->command_ok([ 'pg_dump', '--format=custom', '-f', "$dumps/clinic.dump", 'clinic' ], 'dump');

my $target = PostgreSQL::Test::Cluster->new('target');
$target->init;
$target->append_conf('postgresql.conf', $settings);
$target->start;
# The superuser of the new cluster exists already: that line may fail.
$target->psql('postgres', "\\i $dumps/roles.sql", on_error_stop => 0);
$target->safe_psql('postgres', 'CREATE DATABASE in_parts');
$target->command_ok([ 'pg_restore', '--exit-on-error', '--create', '--dbname=postgres', "$dumps/clinic.dump" ],
	'restore');
is(picture($target, 'clinic'), $before, 'the restored warehouse, release, crosswalk and trail are the same');

my $healthy = "SELECT DISTINCT state FROM pgclinical.maintain('ehr')";
my $verified = "SELECT DISTINCT state FROM pgclinical.verify_audit('ehr') ORDER BY 1";
is(as($target, 'auditor', $verified), "note\nok", 'the trail is verified in the new cluster');
is(as($target, 'etl', $healthy), 'ok', 'maintain finds it healthy');
my $highest = $target->safe_psql('clinic', 'SELECT max(event) FROM pgclinical_audit.event');
as($target, 'etl', "CALL pgclinical.run('ehr', 'all')");
is(as($target, 'etl', 'SELECT loaded, resources FROM ehr.run ORDER BY run DESC LIMIT 1'), '0|0',
	'a run in the new cluster finds nothing to load');
as($target, 'etl', "UPDATE ehr.code_map SET code = 'other'");
cmp_ok($target->safe_psql('clinic', 'SELECT max(event) FROM pgclinical_audit.event'), '>', $highest,
	'new events have new numbers');
is(as($target, 'auditor', $verified), "note\nok", '... and leave the trail whole');

# The key lies outside the database: with it, a new release gives everybody the codes they had.
my $codes = 'SELECT string_agg(patient_code, \' \' ORDER BY patient_code) FROM research.patient';
my $released = $source->safe_psql('clinic', $codes);
as($target, 'privacy', "CALL pgclinical.release('ehr', 'research', recipient => 'analyst')");
is($target->safe_psql('clinic', $codes), $released, 'codes of a release are those of the project');

# Structure first, data later with --disable-triggers: audit triggers come back skippable.
$target->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', '--dbname=in_parts', "$dumps/clinic.dump" ],
	'restore of the structure');
$target->command_ok(
	[ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '--dbname=in_parts', "$dumps/clinic.dump" ],
	'restore of the data');
my $broken = "SELECT DISTINCT item FROM pgclinical.verify_audit('ehr') WHERE state = 'broken' ORDER BY 1";
is(as($target, 'auditor', $broken, 'in_parts'), "trail\ntrigger\ntriggers", 'verification says so');
is(as($target, 'etl', "SELECT item, state FROM pgclinical.maintain('ehr') WHERE item IN ('trail', 'triggers')", 'in_parts'),
	"triggers|repaired\ntrail|repaired", 'maintain repairs them');
is(as($target, 'auditor', $verified, 'in_parts'), "note\nok", 'the trail is verified');
# The repair is an event of its own: the trail has one more.
my $without_trail = sub { join "\n", grep { !/^pgclinical_audit/ } split /\n/, $_[0] };
is($without_trail->(picture($target, 'in_parts')), $without_trail->($before), 'the warehouse is the same');
is(as($target, 'auditor', 'SELECT count(*) FROM pgclinical_audit.event', 'in_parts'),
	$source->safe_psql('clinic', 'SELECT count(*) + 1 FROM pgclinical_audit.event'), 'the trail has one event more');

# Another encoding: leaves do not depend on it.
my $warehouse = "klinik_\xc3\xbc";
for ([ $source, 'small', 'UTF8' ], [ $target, 'small', 'LATIN1' ]) {
	my ($node, $database, $encoding) = @$_;
	$node->safe_psql('postgres',
		"CREATE DATABASE $database TEMPLATE template0 ENCODING '$encoding' LOCALE 'C'");
}
$source->safe_psql('small', "CREATE EXTENSION pgclinical; SELECT pgclinical.create_warehouse('$warehouse');
	INSERT INTO \"$warehouse\".code_map (kind, source_code, code) VALUES ('gender', '\xc3\xbc', 'male')");
$source->command_ok([ 'pg_dump', '--format=custom', '-f', "$dumps/small.dump", 'small' ], 'dump of UTF8');
$target->command_ok([ 'pg_restore', '--exit-on-error', '--dbname=small', "$dumps/small.dump" ],
	'restore into LATIN1');
is($target->safe_psql('small', "SET client_encoding = 'UTF8';
	SELECT DISTINCT state FROM pgclinical.verify_audit('$warehouse') ORDER BY 1"), "note\nok",
	'the trail is whole in another encoding');
is($target->safe_psql('small', "SET client_encoding = 'UTF8';
	SELECT count(*) FROM pgclinical_audit.event WHERE warehouse = '$warehouse'"), '2', '... all of it');

$target->stop;
$source->stop;
done_testing();
