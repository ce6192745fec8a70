"""The static checks of .ci can fail: each finds what it is there for, in a small tree made for it."""
import pathlib
import shutil
import subprocess

import pytest

root = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def tree(tmp_path):
    """tree({path: text}, check) -> (exit status, what was said)."""
    def run(files, check):
        (tmp_path / ".ci").mkdir(exist_ok=True)
        for name in (check, "layers.txt"):
            shutil.copy(root / ".ci" / name, tmp_path / ".ci" / name)
        shutil.copy(root / ".clang-format", tmp_path)
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
        subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
        ended = subprocess.run([tmp_path / ".ci" / check], cwd=tmp_path, capture_output=True, text=True, timeout=30)
        return ended.returncode, ended.stdout + ended.stderr
    return run


@pytest.mark.parametrize("text", ["see /wor" + "k/main", "// TO" + "DO: later", "FIX" + "ME", "XX" + "X", "pypi" + ".org"])
def test_notes_for_later_and_workplaces_are_found(tree, text):
    status, said = tree({"docs/a.md": f"{text}\n"}, "check-text")
    assert status == 1 and "docs/a.md:1:" in said


def test_clean_text_passes(tree):
    assert tree({"docs/a.md": "the network of a fixed host, /home/network/x, a todo list\n"}, "check-text")[0] == 0


@pytest.mark.parametrize("line", [
    'db.run("SELECT a FROM b WHERE c = \'" + name + "\'");',
    'auto s = fmt::format("DELETE FROM {}", table);',
    'auto s = base + " ORDER BY " + sort;',
    'std::snprintf(b, 9, "UPDATE t SET a = %s", x);',
])
def test_sql_built_from_parts_is_found(tree, line):
    status, said = tree({"daemon/store/sqlite/a.cpp": line + "\n"}, "check-sql")
    assert status == 1 and "daemon/store/sqlite/a.cpp:1: SQL built from parts" in said


@pytest.mark.parametrize("folder", ["queue", "store", "store/rows", "store/rules", "store/engine"])
def test_sql_outside_the_backend_that_speaks_it_is_found(tree, folder):
    status, said = tree({f"daemon/{folder}/a.cpp": 'run("SELECT a FROM b");\n'}, "check-sql")
    assert status == 1 and "outside daemon/store/sqlite" in said


def test_prepared_sql_passes(tree):
    line = 'statement("SELECT " COLUMNS " FROM message WHERE key = ?1") {}\nlog("select a message from the list");\n'
    assert tree({"daemon/store/sqlite/a.cpp": line}, "check-sql") == (0, "sql: prepared statements only\n")


def messages(tree, code, rows):
    head = "| id | level | meaning | what to do |\n|---|---|---|---|\n"
    return tree({"daemon/queue/a.cpp": code, "docs/messages.d/a.md": head + rows}, "check-messages")[1]


def test_messages_and_their_explanations_go_together(tree):
    row = "| queue.full | warning | Full. | Wait. |\n"
    assert "queue.full is not explained" in messages(tree, 'log::warning("queue.full", "x");\n', "")
    assert "queue.full is explained, but nothing logs it" in messages(tree, "\n", row)
    assert "logged as error" in messages(tree, 'log::error("queue.full", "x");\n', row)
    assert "must be a literal" in messages(tree, 'log::error(id, "x");\n', "")
    assert "lacks its meaning" in messages(tree, 'log::warning("queue.full", "x");\n', "| queue.full | warning | | Wait. |\n")
    event = 'log::event(bad ? Level::error : Level::info,\n           "queue.full", "x");\n'
    assert "a.cpp" not in messages(tree, event, row)
    assert "docs/messages.md differs" in messages(tree, 'log::warning("queue.full", "x");\n', row)


def test_an_include_upwards_is_found(tree):
    status, said = tree({"daemon/store/a.cpp": '#include "queue/b.hpp"\n'}, "check-layers")
    assert status == 1 and "store (rank 3) must not see queue (rank 4)" in said


@pytest.mark.parametrize("path, include", [
    ("rows/a.hpp", "store/rules/unit.hpp"),
    ("rows/a.cpp", "store/sqlite/sql.hpp"),
    ("rules/a.cpp", "store/engine/write.hpp"),
    ("rules/a.hpp", "store/sqlite/tables.hpp"),
    ("engine/a.cpp", "store/sqlite/database.hpp"),
    ("queue.hpp", "store/rows/tables.hpp"),
])
def test_an_include_upwards_inside_the_store_is_found(tree, path, include):
    status, said = tree({f"daemon/store/{path}": f'#include "{include}"\n'}, "check-layers")
    assert status == 1 and f"must not see {include}" in said


def test_an_include_downwards_inside_the_store_is_none_of_its_business(tree):
    status, said = tree({"daemon/store/sqlite/a.cpp": '#include "store/rules/unit.hpp"\n#include "store/queue.hpp"\n',
                         "daemon/store/rows/a.hpp": '#include "store/acceptance.hpp"\n'}, "check-layers")
    assert status == 0, said


def test_a_folder_of_the_store_without_a_floor_is_found(tree):
    status, said = tree({"daemon/store/cellar/a.cpp": "\n"}, "check-layers")
    assert status == 1 and "store/cellar has no rank" in said


def test_sqlite_itself_stays_in_its_backend(tree):
    status, said = tree({"daemon/store/rules/a.cpp": "#include <sqlite3.h>\n"}, "check-layers")
    assert status == 1 and "SQLite outside of its backend" in said


@pytest.mark.parametrize("include", ["sms/text/plan.hpp", "cellar/a.hpp", "email/mime/mail.hpp"])
def test_an_include_of_a_folder_without_a_rank_is_found(tree, include):
    status, said = tree({"daemon/dispatch/a.cpp": f'#include "{include}"\n'}, "check-layers")
    assert status == 1 and f"folder {include.split('/')[0]} has no rank" in said


def test_what_is_shared_is_for_everybody_and_sees_nobody(tree):
    shared = {"daemon/config/a.hpp": '#include "sms_text/plan.hpp"\n', "plugins/sms/a.cpp": '#include "sms_text/plan.hpp"\n',
              "shared/sms_text/plan.hpp": '#include "sms_text/gsm.hpp"\n'}
    assert tree(shared, "check-layers")[0] == 0
    for include in ("base/json.hpp", "email_rules/clean.hpp", "sms/smpp/book.hpp"):
        status, said = tree({"shared/sms_text/a.cpp": f'#include "{include}"\n'}, "check-layers")
        assert status == 1 and f"sees what is shared below it, not {include}" in said
    status, said = tree({"shared/cellar/a.cpp": "\n"}, "check-layers")
    assert status == 1 and "folder shared/cellar has no rank" in said


def test_a_plugin_that_includes_the_daemon_is_found(tree):
    status, said = tree({"plugins/sms/a.cpp": '#include "base/json.hpp"\n'}, "check-layers")
    assert status == 1 and "a plugin includes" in said


@pytest.mark.parametrize("path, library, status", [
    ("store/a.hpp", "boost/asio/io_context.hpp", 1),
    ("store/a.hpp", "simdjson.h", 1),
    ("store/a.cpp", "simdjson.h", 0),
    ("net/json_reader.hpp", "simdjson.h", 0),
    ("net/rfc3339.hpp", "simdjson.h", 1),
    ("net/tcp.hpp", "boost/asio/ip/tcp.hpp", 0),
    ("app/app.hpp", "simdjson.h", 1),
])
def test_a_header_that_shows_a_library_to_others_is_found(tree, path, library, status):
    ended, said = tree({f"daemon/{path}": f"#include <{library}>\n"}, "check-layers")
    assert ended == status and ("must not show" in said) == bool(status), said


@pytest.mark.parametrize("declared", ["struct Walker {\n};\n", "class Walker final : public Base {\n", "enum class Walker : int { a };\n",
                                      "using Walker = int;\n", "enum Walker { a };\n"])
def test_a_name_that_two_types_have_is_found(tree, declared):
    status, said = tree({"daemon/csv/a.hpp": "class Walker {\n};\n", "daemon/store/sqlite/b.hpp": declared}, "check-names")
    assert status == 1 and "Walker is more than one type: daemon/csv/a.hpp, daemon/store/sqlite/b.hpp" in said


@pytest.mark.parametrize("path, declared", [
    ("daemon/csv/b.hpp", "class Walker;\n"),  # in advance, or in the same folder
    ("daemon/net/b.hpp", "class Walker;\nclass Other {\n    struct Walker {\n    };\n};\n"),
    ("daemon/render/liquid/b.hpp", "struct Walker {\n};\n"),  # an engine's own term
    ("plugins/sms/b.hpp", "struct Walker {\n};\n"),
    ("daemon/net/b.cpp", "struct Walker {\n};\n"),
    ("daemon/net/c.hpp", "enum class Code {\n};\n"),
])
def test_what_is_no_second_type_of_a_name_passes(tree, path, declared):
    status, said = tree({"daemon/csv/a.hpp": "class Walker {\n};\nenum class Code {\n};\n", path: declared}, "check-names")
    assert status == 0, said


def test_a_shared_name_that_is_one_type_by_now_leaves_the_list(tree):
    status, said = tree({"daemon/csv/a.hpp": "class Reader {\n};\n"}, "check-names")
    assert status == 1 and "Reader is one type by now" in said
    status, said = tree({"daemon/store/sqlite/b.hpp": "class Reader {\n};\n"}, "check-names")
    assert status == 0, said


def test_another_layout_is_found(tree):
    status, said = tree({"daemon/a.cpp": "int  a( ) {return 1;}\n"}, "check-format")
    assert status != 0 and "daemon/a.cpp:1" in said


OWNER = "std::shared_ptr<const Settings> settings() const;\nstd::optional<Page> page();\nResult<Rows> rows();\n"


@pytest.mark.parametrize("loop", [
    "for (const auto& r : settings()->routes) use(r);",
    "for (const auto& r : app.settings()->routes) use(r);",
    "for (const auto& [k, v] :\n     settings()->routes) use(k);",
    "for (int i = 0; auto& r : std::atomic_load(&now)->routes) use(r);",
    "for (auto& r : page()->rows) use(r);",
    "for (auto& r : *page()) use(r);",
    "for (auto& r : page().value()) use(r);",
    "for (auto& r : rows().value().list) use(r);",
    "for (auto& r : weak.lock()->parts) use(r);",
])
def test_a_loop_over_a_part_of_a_temporary_is_found(tree, loop):
    status, said = tree({"daemon/app/a.hpp": OWNER, "daemon/app/a.cpp": f"void f() {{\n{loop}\n}}\n"}, "check-lifetimes")
    assert status == 1 and "daemon/app/a.cpp:2: the loop looks into what" in said


@pytest.mark.parametrize("loop", [
    "for (const auto& r : now->routes) use(r);",
    "for (const auto& r : list()) use(r);  // a whole value lives as long as the loop",
    "for (const auto& r : whole().parts) use(r);",
    "for (const auto& r : kept()->parts) use(r);",
    "for (int i = 0; i < settings()->size(); ++i) use(i);",
    "// for (auto& r : settings()->routes)",
])
def test_loops_over_what_stays_pass(tree, loop):
    declared = OWNER + "std::vector<int> list();\nSettings whole();\nconst std::shared_ptr<Settings>& kept();\n"
    status, said = tree({"daemon/app/a.hpp": declared, "daemon/app/a.cpp": f"void f() {{\n{loop}\n}}\n"}, "check-lifetimes")
    assert (status, said) == (0, "lifetimes: no loop over a part of a temporary\n")
