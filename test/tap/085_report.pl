# The report: well-formed, self-contained, readable without pictures, and free of what the
# messages say of persons.
use strict;
use warnings FATAL => 'all';
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $files = PostgreSQL::Test::Utils::tempdir();
system("$root/test/data/generate.py", '--patients', '40', '--messages', '400', '--broken', '8',
    "$files/inbox") == 0 or die 'the generator failed';

my $node = PostgreSQL::Test::Cluster->new('report');
$node->init;
$node->start;
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION pgclinical;
CREATE ROLE operator LOGIN IN ROLE pgclinical_etl, pg_read_server_files;
CREATE ROLE auditor LOGIN IN ROLE pgclinical_etl, pgclinical_auditor;
GRANT CREATE ON DATABASE postgres TO operator;
SET ROLE operator;
SELECT pgclinical.create_warehouse('e<h&r');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files/inbox');
SELECT pgclinical.create_feed('e<h&r', 'adt', server => 'inbox', path => '**/*.hl7',
                              format => 'hl7v2');
GRANT USAGE ON SCHEMA "e<h&r" TO auditor;
GRANT SELECT ON ALL TABLES IN SCHEMA "e<h&r" TO auditor;
SQL

sub report { return $node->safe_psql('postgres', "SELECT pgclinical.report('e<h&r')",
        extra_params => [ '-U', $_[0] ]) }

my $empty = report('operator');
like($empty, qr/Quarantine by reason: none/, 'an empty warehouse has a report too');
$node->safe_psql('postgres', q{CALL pgclinical.run('e<h&r', 'adt')},
    extra_params => [ '-U', 'operator' ]);

my $page = report('operator');
append_to_file("$files/report.html", $page);
append_to_file("$files/empty.html", $empty);
# Void elements closed, the page is XML: every tag and attribute fits.
(my $xml = $page) =~ s{<meta ([^>]*)>}{<meta $1/>}g;
$xml =~ s/<!DOCTYPE html>//;
append_to_file("$files/report.xml", $xml);
command_ok([ 'python3', '-c',
        'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])', "$files/report.xml" ],
    'every tag is closed and every text escaped');
unlike($page, qr{(?:src|href|url\()\s*=?\s*["']?(?!#)\w+:}, 'nothing is fetched from elsewhere');
unlike($page, qr/<script|\@import|<link/, 'no script, no outside style');
like($page, qr/Warehouse e&lt;h&amp;r/, 'names are escaped');

my @charts = $page =~ /<svg [^>]*role="img"[^>]*>(.*?)<\/svg>/gs;
cmp_ok(scalar @charts, '>=', 5, 'charts of runs, rates, volumes, events and quarantine');
is(scalar(grep { !/^<title id=.*?<\/title><desc id=/ } @charts), 0,
    'each chart has a title and a description');
like($page, qr/prefers-color-scheme:dark/, 'light and dark');
like($page, qr/<caption>The latest runs, newest first/, 'the numbers stand in tables as well');
like($page, qr/<td>unsupported-type<\/td><td class="n">2<\/td>/, 'quarantine by reason');

my ($found, $error) = ('', '');
ok(IPC::Run::run([ "$root/test/demo/find_identifiers.py", "$files/inbox", "$files/empty.html",
        "$files/report.html" ], '>', \$found, '2>', \$error),
    'no identifier of the messages is in it') or diag($found, $error);
unlike($page, qr/\.hl7|broken-/, 'no name of a file');

like($page, qr/Only members of pgclinical_auditor/, 'who is no auditor sees no audit');
like(report('auditor'), qr/What verify_audit says/, 'an auditor does');

# Two reports of one state differ in their time only.
my $same = sub { (my $p = $_[0]) =~ s/State at .*? UTC|<td class="n">[0-9.]+ (s|min)<\/td>//g; $p };
is($same->(report('operator')), $same->($page), 'the same state gives the same page');
is($node->safe_psql('postgres', 'SELECT pgclinical.report(NULL) IS NULL'), 't', 'NULL for NULL');
my ($status, $out, $message) = $node->psql('postgres', q{SELECT pgclinical.report('nowhere')});
like($message, qr/warehouse "nowhere" does not exist/, 'a wrong name is said');
$node->stop;
done_testing();
