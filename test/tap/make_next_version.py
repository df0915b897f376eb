#!/usr/bin/env python3
"""Makes a version of the extension after the present one, for the upgrade test.

  make_next_version.py INSTALL_SCRIPT FOLDER

INSTALL_SCRIPT is pgclinical--A.sql as `make` assembles it.  Into FOLDER go the install script of a
version B with one new function and one more column in a warehouse's table `feed`, and the upgrade
script from A to B, written as sql/upgrade/README.md asks.  Prints B.
"""

import re
import sys

FEED_END = "        created timestamptz NOT NULL DEFAULT now()\n    );\n    COMMENT ON TABLE feed IS"
NEW_FEED_END = (
    "        created timestamptz NOT NULL DEFAULT now(),\n        remark  text\n    );\n"
    "    COMMENT ON COLUMN feed.remark IS 'a note about the feed';\n    COMMENT ON TABLE feed IS"
)
STEPS_END = "'{old}', NULL::regprocedure);"
NEW_STEPS_END = (
    "'{old}', NULL::regprocedure),\n"
    "        (2, '{new}', '_pgclinical.warehouse_to_{name}(text)'::regprocedure);"
)

STEP = """
CREATE FUNCTION _pgclinical.warehouse_to_{name}(warehouse text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 1000
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('ALTER TABLE %I.feed ADD COLUMN remark text', warehouse);
    EXECUTE format('COMMENT ON COLUMN %I.feed.remark IS %L', warehouse, 'a note about the feed');
END $$;
COMMENT ON FUNCTION _pgclinical.warehouse_to_{name}(text) IS
'brings the tables of a warehouse from version {old} to {new}';
REVOKE ALL ON FUNCTION _pgclinical.warehouse_to_{name}(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION _pgclinical.warehouse_to_{name}(text) TO pgclinical_etl;
"""

NEW_FUNCTION = """
CREATE FUNCTION pgclinical.remark_feed(warehouse text, feed text, remark text)
RETURNS void
LANGUAGE plpgsql VOLATILE STRICT PARALLEL UNSAFE COST 100
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    EXECUTE format('UPDATE %I.feed f SET remark = $2 WHERE f.name = $1', warehouse)
        USING feed, remark;
END $$;
COMMENT ON FUNCTION pgclinical.remark_feed(text, text, text) IS 'notes something about a feed';
REVOKE ALL ON FUNCTION pgclinical.remark_feed(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION pgclinical.remark_feed(text, text, text) TO pgclinical_etl;
"""

UPGRADE = """-- pgclinical: {old} to {new}
\\echo Use "ALTER EXTENSION pgclinical UPDATE TO '{new}'" to load this file. \\quit
SET LOCAL search_path TO pg_catalog, pg_temp;
{step}
{functions}
{new_function}"""


def replaced(script, old, new):
    """`script` with its only `old` turned to `new`; the tree may have moved on: then say so."""
    if script.count(old) != 1:
        sys.exit(f"make_next_version: expected once, found {script.count(old)} times:\n{old}")
    return script.replace(old, new)


def function(script, name):
    """The statement that makes function `name`."""
    found = re.search(
        rf"CREATE FUNCTION {re.escape(name)}\(.*?\n(?:END \$\$|END);\n", script, re.DOTALL
    )
    return found.group(0)


def main():
    source, folder = sys.argv[1:]
    script = open(source, encoding="utf-8").read()
    old = re.search(r"pgclinical--(.+)\.sql$", source).group(1)
    head, _, last = old.rpartition(".")
    new = f"{head}.{int(last) + 1}"
    words = {"old": old, "new": new, "name": new.replace(".", "_")}

    fresh = replaced(script, FEED_END, NEW_FEED_END)
    fresh = replaced(fresh, STEPS_END.format(**words), NEW_STEPS_END.format(**words))
    changed = ["_pgclinical.create_arrival_tables", "_pgclinical.warehouse_steps"]
    bodies = [function(fresh, name) for name in changed]
    step = STEP.format(**words)
    before = bodies[1]  # the list of steps names the step
    fresh = replaced(fresh, before, step + "\n" + before) + NEW_FUNCTION

    upgrade = UPGRADE.format(
        step=step,
        functions="\n".join(
            b.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1) for b in bodies
        ),
        new_function=NEW_FUNCTION,
        **words,
    )
    for name, text in ((f"pgclinical--{new}.sql", fresh), (f"pgclinical--{old}--{new}.sql", upgrade)):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as out:
            out.write(text)
    print(new)


main()
