# From one version to the next: an upgraded database equals a fresh one, object by object, and so
# does an upgraded warehouse.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};

# A server tree of our own, since the versions made here must not reach other tests.
my ($released) = PostgreSQL::Test::Utils::slurp_file("$root/control/pgclinical.control") =~
  /default_version = '(.*)'/;
my $tree = PostgreSQL::Test::Utils::tempdir();
my ($bindir) = run_command([ 'pg_config', '--bindir' ]);
my ($sharedir) = run_command([ 'pg_config', '--sharedir' ]);
my ($libdir) = run_command([ 'pg_config', '--pkglibdir' ]);
my $home = "$tree/usr/lib/postgresql/15";
my $share = "$tree/usr/share/postgresql/15";
system_or_bail('mkdir', '-p', "$home/lib", "$share/extension");
system_or_bail('cp', '-a', $bindir, "$home/bin");
system_or_bail('sh', '-c', "ln -s '$libdir'/* '$home/lib/'");
system_or_bail('sh', '-c',
	"for f in '$sharedir'/*; do case \$f in */extension) ;; *) ln -s \"\$f\" '$share/';; esac; done");
system_or_bail('sh', '-c', "ln -s '$sharedir'/extension/* '$share/extension/'");
my ($next) = run_command(
	[
		'python3', "$root/test/tap/make_next_version.py",
		"$sharedir/extension/pgclinical--$released.sql", "$share/extension"
	]);
like($next, qr/^\d+\.\d+\.\d+$/, 'a next version was made');

my $node = PostgreSQL::Test::Cluster->new('upgrade', install_path => $home);
$node->init;
$node->start;

# Everything about every member of the extension.
my $objects = <<'SQL';
WITH members AS (
    SELECT d.classid, d.objid, (pg_identify_object(d.classid, d.objid, 0)).*
    FROM pg_depend d JOIN pg_extension e ON d.refobjid = e.oid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'pgclinical'
), acls AS (
    SELECT 'pg_proc'::regclass AS classid, oid, proacl AS acl, proowner AS owner FROM pg_proc
    UNION ALL SELECT 'pg_class'::regclass, oid, relacl, relowner FROM pg_class
    UNION ALL SELECT 'pg_namespace'::regclass, oid, nspacl, nspowner FROM pg_namespace
    UNION ALL SELECT 'pg_type'::regclass, oid, typacl, typowner FROM pg_type
    UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwacl, fdwowner FROM pg_foreign_data_wrapper
)
SELECT concat_ws(' | ', m.type, m.identity, obj_description(m.objid, m.classid::regclass::text),
    a.owner::regrole, (SELECT string_agg(x::text, ',' ORDER BY x::text) FROM unnest(a.acl) x),
    CASE WHEN m.type IN ('function', 'procedure') THEN pg_get_functiondef(m.objid) END,
    (SELECT string_agg(concat(t.attname, ' ', format_type(t.atttypid, t.atttypmod), ' ', t.attnotnull), ', ' ORDER BY t.attnum)
     FROM pg_attribute t WHERE m.classid = 'pg_class'::regclass AND t.attrelid = m.objid AND t.attnum > 0))
FROM members m LEFT JOIN acls a ON a.classid = m.classid AND a.oid = m.objid
ORDER BY 1
SQL

# Everything about every table of a warehouse.
my $tables = <<'SQL';
SELECT concat_ws(' | ', c.relname, c.relkind, c.relacl, obj_description(c.oid, 'pg_class'),
    pg_get_expr(c.relpartbound, c.oid),
    (SELECT string_agg(concat_ws(' ', t.attname, format_type(t.atttypid, t.atttypmod), t.attnotnull, t.attidentity,
            pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, t.attnum)), ', ' ORDER BY t.attnum)
     FROM pg_attribute t LEFT JOIN pg_attrdef d ON d.adrelid = t.attrelid AND d.adnum = t.attnum
     WHERE t.attrelid = c.oid AND t.attnum > 0),
    (SELECT string_agg(pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid),
    (SELECT string_agg(pg_get_indexdef(i.indexrelid), ', ' ORDER BY i.indexrelid::regclass::text) FROM pg_index i WHERE i.indrelid = c.oid),
    (SELECT string_agg(concat(pg_get_triggerdef(g.oid), g.tgenabled), ', ' ORDER BY g.tgname)
     FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal))
FROM pg_class c WHERE c.relnamespace = 'ehr'::regnamespace AND c.relkind IN ('r', 'p', 'v')
ORDER BY 1
SQL

$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(upgraded fresh);
$node->safe_psql('fresh',
	"CREATE EXTENSION pgclinical VERSION '$next'; SELECT pgclinical.create_warehouse('ehr')");
$node->safe_psql('upgraded', <<SQL);
CREATE EXTENSION pgclinical VERSION '$released';
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location '/tmp');
SELECT pgclinical.create_feed('ehr', 'adt', 'inbox', 'adt/*', 'hl7v2');
SQL

my ($fresh_objects, $fresh_tables) = map { $node->safe_psql('fresh', $_) } $objects, $tables;
isnt($node->safe_psql('upgraded', $objects), $fresh_objects, 'the comparison sees a new function');
isnt($node->safe_psql('upgraded', $tables), $fresh_tables, 'the comparison sees a new column');

$node->safe_psql('upgraded', "ALTER EXTENSION pgclinical UPDATE TO '$next'");
is($node->safe_psql('upgraded', $objects), $fresh_objects,
	'upgraded objects, labels, comments and privileges equal fresh ones');
isnt($node->safe_psql('upgraded', $tables), $fresh_tables, 'the warehouse is still of the old version');
is($node->safe_psql('upgraded', "SELECT state FROM pgclinical.maintain('ehr') WHERE item = 'version'"),
	'outdated', 'maintain says that it is outdated');

is($node->safe_psql('upgraded', "SELECT * FROM pgclinical.upgrade_warehouse('ehr')"),
	"$next|upgraded", 'the warehouse is upgraded');
is($node->safe_psql('upgraded', $tables), $fresh_tables, 'an upgraded warehouse equals a fresh one');
is($node->safe_psql('upgraded', "SELECT * FROM pgclinical.upgrade_warehouse('ehr')"),
	'', 'a second upgrade finds nothing to do');
is($node->safe_psql('upgraded', "SELECT DISTINCT state FROM pgclinical.maintain('ehr')"),
	'ok', 'it is healthy');

$node->safe_psql('upgraded', "SELECT pgclinical.remark_feed('ehr', 'adt', 'kept')");
is($node->safe_psql('upgraded', 'SELECT name, path, remark FROM ehr.feed'),
	'adt|adt/*|kept', 'its rows are kept');
is($node->safe_psql('upgraded', "SELECT kind, rows, detail FROM pgclinical_audit.event WHERE kind = 'upgrade'"),
	qq(upgrade|1|{"version": "$next"}), 'the upgrade is in the audit trail');
is($node->safe_psql('upgraded', "SELECT DISTINCT state FROM pgclinical.verify_audit('ehr') ORDER BY 1"),
	"note\nok", 'the audit trail is whole');

$node->stop;
done_testing();
