# Every ```sql block of README.md and docs/*.md is run, in order, on a database of its page.
#
# A block is compared with the ```text block that follows it, if one does.  Markers, as comments of
# their own line in the page:
#   <!-- database: NAME -->      the page creates the extension and its warehouse itself, there
#   <!-- as: ROLE -->            the following blocks run as that role (pages start as postgres)
#   <!-- not run: REASON -->     the next block is shown only
# Pages write /srv/inbox, /srv/keys and so on: the test puts a folder of its own there.
use strict;
use warnings FATAL => 'all';
use File::Path qw(make_path);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $root = $ENV{SOURCE_ROOT};
my $files = PostgreSQL::Test::Utils::tempdir();
system("$root/test/data/generate.py", '--patients', '30', '--messages', '300', "$files/inbox") == 0
  or die 'the generator failed';
make_path("$files/keys");
append_to_file("$files/keys/research.key", '0123456789abcdef' x 4);
chmod 0400, "$files/keys/research.key";

my $node = PostgreSQL::Test::Cluster->new('docs');
$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\n");
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE etl LOGIN; CREATE ROLE analyst LOGIN');
$node->safe_psql('postgres', 'CREATE DATABASE prepared OWNER etl');
$node->safe_psql('prepared', <<"SQL");
CREATE EXTENSION pgclinical;
GRANT pgclinical_etl, pgclinical_releaser, pgclinical_auditor, pg_read_server_files TO etl;
GRANT USAGE ON FOREIGN DATA WRAPPER pgclinical_files TO etl;
SET ROLE etl;
SELECT pgclinical.create_warehouse('ehr');
CREATE SERVER inbox FOREIGN DATA WRAPPER pgclinical_files OPTIONS (location 'file://$files/inbox');
SELECT pgclinical.create_feed('ehr', 'adt', server => 'inbox', path => 'adt/*.hl7',
                              format => 'hl7v2');
SQL
$node->safe_psql('prepared', q{SET ROLE etl; CALL pgclinical.run('ehr', 'adt')});

# The blocks of a page: [line, role, sql, expected or undef].
sub blocks {
    my ($path) = @_;
    my @blocks;
    my ($role, $skip, $fence, $text, $started, $awaits) = ('postgres', 0, '', '', 0, 0);
    open my $in, '<', $path or die "$path: $!";
    while (my $line = <$in>) {
        if ($fence) {
            if ($line =~ /^```\s*$/) {
                if ($fence eq 'sql') {
                    push @blocks, [$started, $role, $text, undef] unless $skip;
                    ($awaits, $skip) = (!$skip, 0);
                }
                elsif ($fence eq 'text' && $awaits) {
                    $blocks[-1][3] = $text;
                    $awaits = 0;
                }
                $fence = '';
            }
            else { $text .= $line }
        }
        elsif ($line =~ /^```(\w*)/) { ($fence, $text, $started) = ($1 || 'none', '', $.) }
        elsif ($line =~ /^<!-- as: (\w+) -->/) { $role = $1 }
        elsif ($line =~ /^<!-- not run: /) { $skip = 1 }
        elsif ($line =~ /\S/) { $awaits = 0 }
    }
    return @blocks;
}

sub tidy {
    my ($text) = @_;
    $text =~ s/[ \t]+$//mg;
    $text =~ s/\A\n+|\n+\z//g;
    return $text;
}

my $number = 0;
for my $path ("$root/README.md", sort glob("$root/docs/*.md")) {
    (my $page = $path) =~ s{^\Q$root\E/}{};
    my @blocks = blocks($path) or next;
    my $database = 'page' . ++$number;
    if (slurp_file($path) =~ /^<!-- database: (\w+) -->/m) {
        $node->safe_psql('postgres', "CREATE DATABASE " . ($database = $1));
    }
    else { $node->safe_psql('postgres', "CREATE DATABASE $database OWNER etl TEMPLATE prepared") }
    for my $block (@blocks) {
        my ($line, $role, $sql, $expected) = @$block;
        $sql =~ s{/srv/}{$files/}g;
        my ($out, $err) = ('', '');
        my $done = IPC::Run::run(
            [ 'psql', '-Xq', '-v', 'ON_ERROR_STOP=1', '-U', $role,
              '-d', $node->connstr($database) ],
            '<', \$sql, '>', \$out, '2>', \$err);
        ok($done, "$page line $line runs") or diag($err);
        is(tidy($out), tidy($expected), "$page line $line shows what it gives")
          if defined $expected && $done;
    }
}
$node->stop;
done_testing();
