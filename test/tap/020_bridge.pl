# The bridge over time: thousands of failures in one session, cancelling inside C++, databases in
# other encodings.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $node = PostgreSQL::Test::Cluster->new('bridge');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "log_min_messages = panic\njit = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION pgclinical; CREATE EXTENSION bridge_test');

# 10,000 failing calls of every kind: memory stays where it was after the first hundreds.  Each
# holds 110 kB in C++ objects when it fails, so one leak in ten thousand calls would show.
my @failing = (
	"SELECT boundary_fail('core');", "SELECT boundary_fail('library');",
	"SELECT boundary_fail('memory');", "SELECT boundary_fail('backend');",
	"SELECT boundary_fail('in destructor order');", "SELECT decoded_text('refused');",
	"SELECT count(*) FROM count_rows(5, 3);", "SELECT refused_allocation(4611686018427387904);",
	"SELECT fhir_parse('{\"a\":[1,{\"b\":\"' || repeat('x', 5000) || '\"}], \"c\" 1}');",
	"SELECT fhir_parse('{\"a\":1,\"a\":' || n || '}') FROM generate_series(1, 5) n;");
my $measure = <<'SQL';
SELECT 'measured', resident_bytes(), sum(total_bytes), objects_alive(), exception_state() FROM pg_backend_memory_contexts;
SQL
my $script = '';
$script .= $failing[ $_ % @failing ] . "\n" for 1 .. 1000;
$script .= $measure;
$script .= $failing[ $_ % @failing ] . "\n" for 1 .. 10_000;
$script .= $measure;
my ($ret, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0);
my @measured = map { [ split /\|/ ] } grep { /^measured/ } split /\n/, $out;
is(scalar(@measured), 2, 'the session lived through 11,000 failures');
my @errors = $err =~ /ERROR: /g;
is(scalar(@errors), 11_000, 'each of them failed');
is($measured[1][3], 0, 'no C++ object is left');
is($measured[1][4], 'clean', 'no exception is still being handled');
cmp_ok($measured[1][1] - $measured[0][1], '<', 2_000_000, 'resident memory did not grow');
cmp_ok($measured[1][2] - $measured[0][2], '<', 200_000, 'memory contexts did not grow');

# Ten million good calls' worth of rows would be too slow here; 200,000 show that nothing is kept.
$out = $node->safe_psql('postgres', <<'SQL');
CREATE TEMP TABLE document AS
    SELECT format('{"id":"%s","list":[%s,"%s",{"a":%s.50}]}', n, n, repeat('x', n % 500), n) AS body
    FROM generate_series(1, 20000) n;
SELECT count(fhir_parse(body)) FROM document;
SELECT resident_bytes() AS before \gset
SELECT count(fhir_parse(body)) FROM document, generate_series(1, 10);
SELECT resident_bytes() - :before < 2000000;
SQL
is($out, "20000\n200000\nt", 'parsing 200,000 documents in one statement keeps nothing');

# Cancelled within a second, in the middle of one call.
sub cancelled_after {
	my ($query) = @_;
	my ($in, $out, $err) = ('', '', '');
	my $run = IPC::Run::start(
		[
			'psql', '-XAtq', '-d', $node->connstr('postgres'),
			'-c', "SET application_name = 'to be cancelled'", '-c', $query
		],
		\$in, \$out, \$err);
	$node->poll_query_until('postgres',
		"SELECT count(*) = 1 FROM pg_stat_activity WHERE application_name = 'to be cancelled' AND state = 'active'"
	) or die 'the query did not start';
	sleep 0.5;
	my $start = time;
	my $found = $node->safe_psql('postgres',
		"SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity WHERE application_name = 'to be cancelled' AND state = 'active'"
	);
	$run->finish;
	my $took = time - $start;
	return ($found, $took, $err);
}

# A document that takes seconds to refuse, and one that takes seconds to read over and over.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE huge AS
    SELECT '[' || string_agg(format('{"a%s":[1.5,%s,"x"],"b":null}', n, n), ',') || ']' AS body
    FROM generate_series(1, 600000) n;
SQL
for my $case (
	[ 'C++ alone', 'SELECT spin(60)' ],
	[ 'refusing a huge document', "SELECT count(fhir_try_parse(body || '?')) FROM huge, generate_series(1, 40)" ],
	[ 'reading a huge document', 'SELECT count(fhir_parse(body)) FROM huge, generate_series(1, 200)' ])
{
	my ($name, $query) = @$case;
	my ($found, $took, $err) = cancelled_after($query);
	is($found, 1, "$name: still running when cancelled");
	like($err, qr/canceling statement due to user request/, "$name: cancelled");
	cmp_ok($took, '<', 1.5, "$name: within a second, and psql's own time");
}

# Other encodings of the database: the same as ::jsonb, and an error that names no character.
for my $encoding ('LATIN1', 'SQL_ASCII', 'EUC_JP')
{
	my $database = lc $encoding;
	$node->safe_psql('postgres',
		"CREATE DATABASE $database ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$node->safe_psql($database, 'CREATE EXTENSION pgclinical; CREATE EXTENSION bridge_test');
	my $accented = $encoding eq 'EUC_JP' ? "convert_from('\\xe697a5', 'UTF8')" : "chr(233)";
	$accented = "'e'" if $encoding eq 'SQL_ASCII';
	my $escape = { LATIN1 => '\u00e9', EUC_JP => '\u65e5', SQL_ASCII => '\u0065' }->{$encoding};
	is( $node->safe_psql($database, <<"SQL"), 't|t|t|t', "$encoding: as ::jsonb");
SELECT jsonb_image(fhir_parse(t)) = jsonb_image(t::jsonb), fhir_parse(t) ->> 'a' = $accented || 'x',
       fhir_parse(t) ->> ($accented || 'key') = 'v',
       _pgclinical.content_hash(t::jsonb) = sha256(convert_to(t::jsonb::text, 'UTF8'))
FROM (SELECT '{"a":"' || $accented || 'x","' || $accented || 'key":"v","b":"$escape"}' AS t) d;
SQL
}
($ret, $out, $err) = $node->psql('latin1', q(SELECT fhir_parse('["SECRET\u65e5"]')));
like($err, qr/ERROR:  the document has a character that cannot be converted/, 'LATIN1: a character it lacks is refused');
unlike($err, qr/SECRET|e697a5|0xe6/i, 'and not quoted');
is($node->safe_psql('latin1', q(SELECT fhir_try_parse('["\u65e5"]') IS NULL)), 't', 'NULL from the twin');

$node->stop;
done_testing();
