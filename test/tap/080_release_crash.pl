# A process killed in the middle of a release, the session's or a worker's, leaves the earlier release
# and nothing that anyone else may read; how many workers there are changes nothing.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PostgreSQL::Test::Cluster->new('release');
my $key = PostgreSQL::Test::Utils::tempdir() . '/crosswalk.key';
append_to_file($key, '0123456789abcdef' x 4);
chmod 0400, $key;
$node->init;
$node->append_conf('postgresql.conf',
    "restart_after_crash = on\npgclinical.crosswalk_key_file = '$key'\n"
    . "min_parallel_table_scan_size = 0\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION pgclinical;
SELECT pgclinical.create_warehouse('ehr');
INSERT INTO ehr.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, n, 'hl7v2', '\x00', convert_to(E'MSH|^~\\&|A|B|||2021||ADT^A01|C' || n
    || E'|P|2.5.1\rPID|1||' || 7000000 + n || E'\r', 'UTF8') FROM generate_series(1, 5000) n;
INSERT INTO ehr.identity SELECT md5('p' || n), md5('p' || n) FROM generate_series(1, 5000) n;
INSERT INTO ehr.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Patient', md5('p' || n), md5('p' || n), n, '\x00', jsonb_build_object(
    'resourceType', 'Patient', 'id', md5('p' || n), 'gender', 'female')
FROM generate_series(1, 5000) n;
SELECT pgclinical.attest('ehr', 'study', 'safe_harbor', 'reviewed');
-- Even who gives everything away by default gives away nothing of this.
CREATE ROLE stranger;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC;
SQL

sub release { $node->psql('postgres', q{CALL pgclinical.release('ehr', 'study')}, @_) }
my $codes = q{SELECT md5(string_agg(code, ',' ORDER BY code)) FROM study.patient};
my $left = q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^pgclinical_(stage|work)'};
my $readable = q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(pgclinical_(stage|work)_|study)'
    AND has_schema_privilege('stranger', oid, 'USAGE')};
# Of the work itself, no row is kept: it holds identifiers.
my $identifiers = q{SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname ~ '^pgclinical_work_' AND relname !~ '^staged'};
my $manifests = q{SELECT count(*) FROM pgclinical_crosswalk.manifest};
is(release(), 0, 'a release');
my $before = $node->safe_psql('postgres', $codes);

# As the first, whatever the number of workers; no schema of the work is left.
my $rows = q{SELECT md5(string_agg(t::text, ',' ORDER BY code)) FROM study.patient t};
my $first = $node->safe_psql('postgres', $rows);
for my $workers (0, 1, 3) {
    $node->safe_psql('postgres', "SET max_parallel_workers_per_gather = $workers;
        CALL pgclinical.release('ehr', 'study')");
    is($node->safe_psql('postgres', $rows), $first, "the same with $workers workers");
}
is($node->safe_psql('postgres', $left), 0, 'nothing is left of a release');

my $killed = 0;
sub release_and_kill {
    my ($what, $delay, $victim, $signal) = @_;
    my $published = $node->safe_psql('postgres', $manifests);
    my ($out, $err) = ('', '');
    my $session = IPC::Run::start(
        [ 'psql', '-Xq', '-d', $node->connstr('postgres'),
          '-c', q{CALL pgclinical.release('ehr', 'study')} ], '>', \$out, '2>', \$err);
    my $pid;
    for (1 .. 200) {
        sleep $delay;
        ($pid) = split /\n/, $node->safe_psql('postgres', $victim);
        last if $pid || $delay > 0.05;
    }
    kill $signal, $pid if $pid;
    $session->finish;
    $node->poll_query_until('postgres', 'SELECT true');
    my $now = $node->safe_psql('postgres', $manifests);
    $killed++ if $pid && $now == $published;
    is($node->safe_psql('postgres', $codes), $before, "$what killed: earlier release");
    is($node->safe_psql('postgres', $readable), 0, '... and nothing that others may read');
    is($node->safe_psql('postgres', $identifiers), 0, '... and no table of identifiers');
}
my $leader = q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL%' AND state = 'active'};
my $worker = q{SELECT pid FROM pg_stat_activity WHERE backend_type = 'pgclinical release'};
release_and_kill("session after $_ s", $_, $leader, 9) for 0.1, 0.3, 0.5, 0.7;
release_and_kill('worker', 0.01, $worker, 9);
release_and_kill('worker, by the administrator', 0.01, $worker, 'TERM');
cmp_ok($killed, '>', 0, 'some releases were really cut short');
is(release(), 0, 'the next release goes through');
is($node->safe_psql('postgres', $codes), $before, '... with the same codes');
is($node->safe_psql('postgres', $left), 0, '... and takes away what was left');
$node->stop;
done_testing();
