# Releases beside each other, beside a load, and of a warehouse with a partition detached.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $node = PostgreSQL::Test::Cluster->new('together');
my $key = PostgreSQL::Test::Utils::tempdir() . '/crosswalk.key';
append_to_file($key, '0123456789abcdef' x 4);
chmod 0400, $key;
$node->init;
$node->append_conf('postgresql.conf', "pgclinical.crosswalk_key_file = '$key'\n"
    . "min_parallel_table_scan_size = 0\n");
$node->start;
# Persons n with an observation each, all seen by one practitioner of their hundred.
sub load_of {
    my ($from, $to) = @_;
    return qq{
INSERT INTO ehr.identity SELECT md5('p' || n), md5('p' || n) FROM generate_series($from, $to) n;
INSERT INTO ehr.directory (resource_type, id, hash, resource)
SELECT 'Practitioner', 'd' || n / 100, '\\x00', jsonb_build_object('resourceType', 'Practitioner', 'id', 'd' || n / 100)
FROM generate_series($from, $to) n WHERE n % 100 = 0 ON CONFLICT DO NOTHING;
INSERT INTO ehr.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Patient', md5('p' || n), md5('p' || n), 1, '\\x00', jsonb_build_object('resourceType', 'Patient',
    'id', md5('p' || n), 'gender', 'female') FROM generate_series($from, $to) n;
INSERT INTO ehr.resource (resource_type, id, patient_id, record, hash, resource)
SELECT 'Observation', md5('o' || n), md5('p' || n), 1, '\\x00', jsonb_build_object('resourceType', 'Observation',
    'id', md5('o' || n), 'status', 'final', 'subject', jsonb_build_object('reference', 'Patient/' || md5('p' || n)),
    'performer', jsonb_build_array(jsonb_build_object('reference', 'Practitioner/d' || n / 100)))
FROM generate_series($from, $to) n;};
}
$node->safe_psql('postgres', q{
CREATE EXTENSION pgclinical;
SELECT pgclinical.create_warehouse('ehr');
INSERT INTO ehr.record (feed, file, byte_offset, ordinal, format, sha256, raw)
VALUES (1, 1, 0, 1, 'hl7v2', '\x00', convert_to(E'MSH|^~\\\\&|A|B|||2021||ADT^A01|C|P|2.5.1\rPID|1||7000001\r', 'UTF8'));
SELECT pgclinical.attest('ehr', t, 'safe_harbor', 'reviewed') FROM unnest('{study,trial}'::text[]) t;}
    . load_of(100, 2099));

sub session {
    my ($sql) = @_;
    my %s = (out => '', err => '');
    $s{run} = IPC::Run::start([ 'psql', '-Xq', '-d', $node->connstr('postgres'), '-v', 'ON_ERROR_STOP=1',
        '-v', 'VERBOSITY=verbose', '-c', $sql ], '>', \$s{out}, '2>', \$s{err});
    return \%s;
}

# One release of a project at a time; of another project, beside it.
my $blocker = $node->background_psql('postgres');
$blocker->query_safe('BEGIN; LOCK TABLE ehr.observation IN ACCESS EXCLUSIVE MODE');
my $first = session(q{CALL pgclinical.release('ehr', 'study')});
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE query LIKE 'CALL%' AND wait_event_type = 'Lock')});
my ($code, undef, $refused) = $node->psql('postgres', q{CALL pgclinical.release('ehr', 'study')});
like($refused, qr/is being released by another session/, 'a second release of a project is refused');
my $other = session(q{CALL pgclinical.release('ehr', 'trial')});
$blocker->query_safe('ROLLBACK');
ok($first->{run}->finish, 'the first one goes through') or diag $first->{err};
ok($other->{run}->finish, '... and so does one of another project') or diag $other->{err};
is($node->safe_psql('postgres', q{SELECT (SELECT count(*) FROM study.observation),
    (SELECT count(*) FROM trial.observation), count(*) FROM study.patient JOIN trial.patient USING (code)}),
    '2000|2000|0', 'both whole, no code in common');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'}), 0,
    'no lock is left');

# A load that never stops: each release is one snapshot, with every reference resolved.
my $loading = 1;
my $next = 2100;
for my $round (1 .. 3) {
    my $loader = session(join '', map { "BEGIN;" . load_of($next + $_ * 100, $next + $_ * 100 + 99) . "COMMIT;" } 0 .. 14);
    $next += 1500;
    my $release = session(q{CALL pgclinical.release('ehr', 'study')});
    ok($release->{run}->finish, "release $round during a load") or diag $release->{err};
    ok($loader->{run}->finish, '... and the load') or diag $loader->{err};
    is($node->safe_psql('postgres', q{SELECT count(*) FILTER (WHERE p.code IS NULL), count(*) FILTER (WHERE d.code IS NULL),
        count(*) % 100 FROM study.observation o LEFT JOIN study.patient p ON p.code = o.patient_code
        LEFT JOIN study.practitioner d ON o.resource #>> '{performer,0,reference}' = 'Practitioner/' || d.code}),
        '0|0|0', '... whole transactions of it, and closed');
}

# More identifiers than fit into memory are searched in several passes: the same is found.
$node->safe_psql('postgres', q{
INSERT INTO ehr.record (feed, file, byte_offset, ordinal, format, sha256, raw)
SELECT 1, 1, 0, n, 'hl7v2', '\x00', convert_to(E'MSH|^~\\\\&|A|B|||2021||ADT^A01|C' || n || E'|P|2.5.1\rPID|1||' || 8000000 + n
    || '||' || translate(md5('f' || n), '0123456789', 'ghijklmnop') || '^' || translate(md5('g' || n), '0123456789', 'qrstuvwxyz')
    || E'\r', 'UTF8') FROM generate_series(1, 30000) n;
CREATE SCHEMA leaky;
CREATE TABLE leaky.note AS SELECT n, CASE WHEN n % 1000 = 0 THEN 'number ' || 8000000 + n
    WHEN n % 1000 = 1 THEN 'Mrs ' || translate(md5('f' || n), '0123456789', 'ghijklmnop') ELSE 'nothing' END AS said,
    jsonb_build_object('text', CASE WHEN n % 1000 = 2 THEN 8000000 + n END) AS document
FROM generate_series(1, 30000) n;});
my %found;
for my $memory ('1MB', '256MB') {
    for my $workers (0, 2) {
        $found{"$memory, $workers workers"} = $node->safe_psql('postgres', "SET maintenance_work_mem = '$memory';
            SET max_parallel_workers_per_gather = $workers; SET min_parallel_table_scan_size = 0;
            SELECT * FROM pgclinical.leak_check('leaky', 'ehr')");
    }
}
is($found{'256MB, 0 workers'}, "blocking|mrn|note|document.text|30\nblocking|mrn|note|said|30\nblocking|name|note|said|30",
    'identifiers found in one pass');
is($found{$_}, $found{'256MB, 0 workers'}, "... the same with $_") for sort keys %found;
$node->safe_psql('postgres', q{DELETE FROM ehr.record WHERE ordinal > 1; DROP SCHEMA leaky CASCADE});

# A detached partition is no part of the warehouse any more.
$node->safe_psql('postgres', 'ALTER TABLE ehr.resource DETACH PARTITION ehr.observation');
is($node->psql('postgres', q{CALL pgclinical.release('ehr', 'study')}), 0, 'a partition detached');
is($node->safe_psql('postgres', q{SELECT to_regclass('study.observation') IS NULL, count(*) > 0 FROM study.patient}),
    't|t', '... and not released');
$node->safe_psql('postgres', q{ALTER TABLE ehr.resource ATTACH PARTITION ehr.observation FOR VALUES IN ('Observation')});
is($node->psql('postgres', q{CALL pgclinical.release('ehr', 'study')}), 0, 'attached again');
is($node->safe_psql('postgres', q{SELECT count(*) FROM study.observation}),
    $node->safe_psql('postgres', q{SELECT count(*) FROM ehr.observation}), '... and released');
# While a release reads it, it cannot be taken away.
$blocker->query_safe('BEGIN; LOCK TABLE ehr.patient IN ACCESS EXCLUSIVE MODE');
my $reading = session(q{CALL pgclinical.release('ehr', 'study')});
$node->poll_query_until('postgres', q{SELECT EXISTS (SELECT FROM pg_stat_activity
    WHERE query LIKE 'CALL%' AND wait_event_type = 'Lock')});
my $detach = session(q{ALTER TABLE ehr.resource DETACH PARTITION ehr.observation});
$blocker->query_safe('ROLLBACK');
$reading->{run}->finish;
ok($detach->{run}->finish, 'a partition detached during a release') or diag $detach->{err};
# The release is whole, with the partition, or the earlier one stands: never half.
is($node->safe_psql('postgres', q{SELECT count(*) FROM study.observation}),
    $node->safe_psql('postgres', q{SELECT count(*) FROM ehr.observation}), '... all of it or the earlier release');
$blocker->quit;
$node->stop;
done_testing();
