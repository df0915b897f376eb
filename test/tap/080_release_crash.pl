# A backend killed in the middle of a release leaves the earlier release and nothing else.
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
    "restart_after_crash = on\npgclinical.crosswalk_key_file = '$key'\n");
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
SQL

sub release { $node->psql('postgres', q{CALL pgclinical.release('ehr', 'study')}, @_) }
my $codes = q{SELECT md5(string_agg(code, ',' ORDER BY code)) FROM study.patient};
my $left = q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^pgclinical_(stage|work)'};
my $manifests = q{SELECT count(*) FROM pgclinical_crosswalk.manifest};
is(release(), 0, 'a release');
my $before = $node->safe_psql('postgres', $codes);

my $killed = 0;
for my $delay (0.1, 0.3, 0.5, 0.7) {
    my $published = $node->safe_psql('postgres', $manifests);
    my ($out, $err) = ('', '');
    my $session = IPC::Run::start(
        [ 'psql', '-Xq', '-d', $node->connstr('postgres'),
          '-c', q{CALL pgclinical.release('ehr', 'study')} ], '>', \$out, '2>', \$err);
    sleep $delay;
    my $pid = $node->safe_psql('postgres',
        q{SELECT pid FROM pg_stat_activity WHERE query LIKE 'CALL%' AND state = 'active'});
    kill 9, $pid if $pid;
    $session->finish;
    $node->poll_query_until('postgres', 'SELECT true');
    my $now = $node->safe_psql('postgres', $manifests);
    $killed++ if $pid && $now == $published;
    is($node->safe_psql('postgres', $codes), $before, "killed after ${delay} s: earlier release");
    is($node->safe_psql('postgres', $left), 0, '... and nothing beside it');
}
cmp_ok($killed, '>', 0, 'some releases were really cut short');
is(release(), 0, 'the next release goes through');
is($node->safe_psql('postgres', $codes), $before, '... with the same codes');
$node->stop;
done_testing();
