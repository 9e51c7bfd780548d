"""The sandbox page in a real browser: take in and out, undo, compare, solve, save, read back."""

import json

import deciding
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from looking import wait_until

from landgis.allocation.allocation import allocate
from landgis.cli.start import commands
from landgis.maps.sandbox import write_sandbox
from landgis.project.allocate import read_decisions

D = "landgisDeciding."


def write(folder, posed=None, name="sandbox.html", **changes):
    posed = posed or deciding.posed()
    values = {
        "land": posed["land"],
        "regions": deciding.region_table(),
        "periods": deciding.PERIODS,
        "title": "示例沙盘",
        "made_on": deciding.day(),
        **changes,
    }
    return write_sandbox(posed["problem"], folder / name, **values)


@pytest.fixture(scope="session")
def posed():
    return deciding.posed()


@pytest.fixture(scope="session")
def path(posed, tmp_path_factory):
    return write(tmp_path_factory.mktemp("sandbox"), posed)


@pytest.fixture
def decide(page):
    """Open a sandbox page; afterwards nothing may have gone wrong, and nothing been asked for."""

    def open_page(file):
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-ready]", state="attached")
        return page

    yield open_page
    assert page.faults == []
    assert page.requests == []


def where(page, c):
    """Screen position of the middle of a candidate."""
    return page.evaluate(
        f"(c) => {{ const p = {D}map.latLngToContainerPoint({D}layer.boundsOf(c).getCenter()),"
        " b = document.getElementById('map').getBoundingClientRect();"
        " return [p.x + b.x, p.y + b.y]; }",
        c,
    )


def taken(page, c):
    return page.evaluate(f"(c) => {D}count.taken[c]", c)


def free_one(page, inside=False):
    """A candidate that may be turned, of one use only."""
    return page.evaluate(
        f"(inside) => {{ const p = {D}problem, n = {D}count; for (let c = 0; c < p.n; c++)"
        " if (p.open[c] && !p.must[c] && (n.taken[c] >= 0) === inside) return c; return -1; }",
        inside,
    )


def answer(page):
    return page.locator("#answer").inner_text()


def test_a_click_takes_in_and_out_and_every_total_moves(path, decide):
    page = decide(path)
    c = free_one(page)
    before, row = answer(page), page.locator("#totals tr.total td").nth(1)
    start = row.inner_text()
    assert page.locator("#undo").is_disabled()
    page.mouse.click(*where(page, c))
    assert page.locator("#undo").is_enabled()
    assert taken(page, c) >= 0
    assert answer(page) != before
    assert row.inner_text() != start
    assert page.locator("#card").is_visible()
    area = page.evaluate(f"(c) => Number({D}count.area)", c)
    assert row.inner_text().replace(",", "") == f"{area / 1e6:.2f}"
    page.keyboard.press("Escape")
    page.mouse.click(*where(page, c))
    assert taken(page, c) == -1
    assert row.inner_text() == start
    page.keyboard.press("Control+z")
    assert taken(page, c) >= 0
    page.locator("#undo").click()
    assert answer(page) == before
    assert page.locator("#undo").is_disabled()
    page.locator("#redo").click()
    assert taken(page, c) >= 0


def test_locked_parcels_stay_and_say_why(path, decide):
    page = decide(path)
    out = page.evaluate(f"[...{D}problem.reason].find(([c, text]) => text.includes('征收'))[0]")
    page.mouse.click(*where(page, out))
    assert taken(page, out) == -1
    assert "征收未完成" in page.locator("#card .locked").inner_text()
    must = page.evaluate(f"{D}problem.must.indexOf(1)")
    page.keyboard.press("Escape")
    page.mouse.click(*where(page, must))
    assert taken(page, must) >= 0
    assert "锁定入选" in page.locator("#card").inner_text()
    assert page.locator("#card-turn").is_disabled()


def test_use_quarter_and_piece_are_set_on_the_card(path, decide):
    page = decide(path)
    c = page.evaluate(
        f"(() => {{ const p = {D}problem;"
        " return p.ids.findIndex((_, c) => p.open[c] && p.least[c] < p.area[c]); })()"
    )
    page.evaluate(f"(c) => {D}card.show(c)", c)
    page.locator("#card-turn").click()
    quarters = page.locator("#card-quarter option").all_inner_texts()
    page.select_option("#card-quarter", label=quarters[-1])
    k = taken(page, c)
    assert page.evaluate(f"(k) => {D}problem.quarters[{D}problem.quarter[k] - 1]", k) == "四季度"
    whole = page.evaluate(f"(c) => {D}problem.area[c]", c)
    page.fill("#card-part", f"{round(whole * 0.5) / 100:.2f}")
    page.locator("#card-part").press("Enter")
    assert page.evaluate(f"(c) => {D}count.amount[c]", c) == round(whole * 0.5)
    assert page.locator("#card-hold").is_checked()


def test_lasso_takes_in_with_the_brush_and_out_again(path, decide):
    page = decide(path)
    box = page.locator("#map").bounding_box()
    page.select_option("#brush-quarter", "4")

    def lasso(name):
        page.locator(f"#modes [data-mode={name}]").click()
        x, y, w, h = box["x"], box["y"], box["width"], box["height"]
        page.mouse.move(x + 20, y + 130)
        page.mouse.down()
        for fx, fy in ((0.5, 130), (0.5, h - 20), (20 / w, h - 20)):
            page.mouse.move(x + w * fx, y + fy, steps=4)
        page.mouse.up()

    lasso("lasso-in")
    chosen = page.evaluate(
        f"{D}count.list().map(([c, k]) => [{D}problem.must[c], {D}problem.quarter[k]])"
    )
    assert len(chosen) > 8
    assert {quarter for must, quarter in chosen if not must} == {4}
    assert "不能改" in page.locator("#status").inner_text()
    lasso("lasso-out")
    left = page.evaluate(f"{D}count.list().map(([c]) => {D}problem.must[c])")
    assert left
    assert set(left) == {1}
    page.keyboard.press("Control+z")
    assert page.evaluate(f"{D}count.chosen") == len(chosen)


def test_the_keyboard_alone_decides(path, decide):
    page = decide(path)
    page.keyboard.press("/")
    page.keyboard.type("地块10")
    items = page.locator("#list li")
    assert items.count() == 1
    page.locator("#list .id").focus()
    page.keyboard.press("Enter")
    c = page.evaluate(f"{D}card.now")
    page.evaluate("document.activeElement.blur()")
    was = taken(page, c)
    page.keyboard.press("Space")
    assert (taken(page, c) >= 0) != (was >= 0)
    if taken(page, c) < 0:
        page.keyboard.press("Space")
    page.keyboard.press("4")
    assert page.evaluate(f"(k) => {D}problem.quarter[k]", taken(page, c)) == 4
    page.keyboard.press("h")
    assert page.evaluate(f"(c) => {D}decide.held[c]", c) == 0
    page.keyboard.press("]")
    assert page.evaluate(f"{D}card.now") == c + 1
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+Z")
    page.keyboard.press("Escape")
    assert page.locator("#card").is_hidden()


def test_why_not_tells_what_a_turn_would_break_and_an_exchange_does_what_it_says(path, decide):
    page = decide(path)
    page.evaluate(
        f"(() => {{ const p = {D}problem, all = [...Array(p.n).keys()];"
        " const mine = all.filter((c) => p.open[c] && c > 12);"
        f" {D}decide.load(mine.map((c) => [c, p.options(c)[0], null]));"
        " })()"
    )
    c = free_one(page)
    page.evaluate(f"(c) => {D}card.show(c)", c)
    card = page.locator("#card")
    card.locator(".why h3").first.wait_for()
    assert "如果选入" in card.inner_text()
    assert "可换下" in card.inner_text()
    other = card.locator(".swaps button").first
    name = other.inner_text()
    other.click()
    place = page.evaluate(f"(id) => {D}problem.ids.indexOf(id)", name)
    assert taken(page, c) >= 0
    assert taken(page, place) == -1


def test_scenarios_are_kept_compared_and_brought_back(path, decide):
    page = decide(path)
    c = free_one(page)
    page.mouse.click(*where(page, c))
    page.locator("#tabs [data-tab=plans]").click()
    page.fill("#plan-name", "方案甲")
    page.locator("#plan-add").click()
    page.keyboard.press("Escape")
    page.evaluate(f"(c) => {{ {D}decide.turn([[c, -1, null, 1]]); }}", c)
    page.select_option("#plan-b", label="方案甲")
    wait_until(page, "document.querySelectorAll('#differences li button').length === 1")
    assert page.locator("#differences").inner_text().startswith("有 1 宗不同")
    head = page.locator("#plans thead").inner_text()
    assert "当前" in head
    assert "方案甲" in head
    page.locator("#plans").get_by_role("button", name="调出").click()
    assert taken(page, c) >= 0
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    assert taken(page, c) >= 0
    page.locator("#tabs [data-tab=plans]").click()
    assert "方案甲" in page.locator("#plans thead").inner_text()
    page.evaluate("localStorage.clear()")


def test_what_was_decided_just_before_leaving_is_kept(path, decide):
    page = decide(path)
    c = free_one(page)
    with page.expect_navigation():
        page.evaluate(
            f"(c) => {{ {D}decide.turn([[c, {D}problem.options(c)[0], null, 1]]);"
            " location.reload(); }",
            c,
        )
    page.wait_for_selector("html[data-ready]", state="attached")
    assert taken(page, c) >= 0
    page.evaluate("localStorage.clear()")


def test_the_saved_decision_gives_the_program_the_same_totals(posed, path, decide, tmp_path):
    page = decide(path)
    random = np.random.default_rng(4)
    for c in random.permutation(40)[:25].tolist():
        page.evaluate(
            f"(c) => {{ const o = [...{D}problem.options(c)], part = {D}problem.area[c] * 0.6;"
            f" if (o.length) {D}decide.turn([[c, o[(c * 7) % o.length],"
            " c % 11 === 3 ? String(Math.round(part)) : null, 1]]); }",
            c,
        )
    page.locator("summary").click()
    with page.expect_download() as download:
        page.locator("#save").click()
    file = tmp_path / "keep.csv"
    download.value.save_as(file)
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    land = posed["land"]
    kept = allocate(
        land, posed["targets"], keep=read_decisions(file), year=deciding.YEAR, progress=True
    )
    totals = page.evaluate(
        f"{D}problem.rows.map((r, i) => [r.kind, r.name, Number({D}count.totals[i])])"
        ".filter(([kind]) => kind === 'target')"
    )
    wanted = {name: total / 100 for _, name, total in totals}
    assert kept.targets.set_index("name")["chosen_m2"].to_dict() == wanted
    assert len(kept.selected) == page.evaluate(f"{D}count.chosen")
    held = set(kept.findings.query("check == 'allocate.held'")["verdict"])
    assert held == {"pass"}

    page.evaluate(f"{D}decide.load([])")
    page.set_input_files("#open", file)
    wait_until(page, f"{D}count.chosen === {len(kept.selected)}")
    again = page.evaluate(f"Array.from({D}count.totals)")
    assert [t for t, row in zip(again, totals, strict=False)][: len(totals)] == [
        t for *_, t in totals
    ]
    page.evaluate("localStorage.clear()")


def test_what_was_clicked_and_saved_is_checked_and_allocated(decide, tmp_path):
    """From the page of a project, by its own file, into both commands that take it."""
    project, file, path = (
        "data/projects/lianzhou-2025.toml",
        tmp_path / "keep.csv",
        tmp_path / "p.html",
    )

    def run(*asked):
        told = CliRunner().invoke(commands, [asked[0], project, *map(str, asked[1:])])
        assert told.exit_code in (0, 1), told.output
        return told.stdout

    run("sandbox", "-o", path, "--empty", "--no-solver")
    page = decide(path)
    page.mouse.click(*where(page, free_one(page)))
    wait_until(page, f"{D}count.chosen === 1")
    name, area = page.evaluate(
        f"(() => {{ const c = [...{D}count.taken].findIndex((k) => k >= 0);"
        f" return [{D}problem.ids[c], Number({D}problem.area[{D}count.taken[c]]) / 100]; }})()"
    )
    page.locator("summary").click()
    with page.expect_download() as download:
        page.locator("#save").click()
    download.value.save_as(file)
    found = json.loads(run("check", "--keep", file, "--json"))["findings"]
    mapped = {f["actual"] for f in found if f["check"].startswith("totals.") and not f["region"]}
    assert any(abs(actual - area / 10_000) < 1e-6 for actual in mapped)  # 公顷
    chosen = json.loads(run("allocate", "--keep", file, "-o", tmp_path / "out", "--json"))
    assert {row["parcel_id"]: row["area_m2"] for row in chosen["selected"]}[name] == area
    page.evaluate("localStorage.clear()")


def test_the_solver_completes_offline_and_says_how_good_it_is(path, decide):
    page = decide(path)
    c = free_one(page)
    page.mouse.click(*where(page, c))
    page.select_option("#solve-seconds", "5")
    page.locator("#solve").click()
    wait_until(page, "document.getElementById('solved').textContent !== ''")
    said = page.locator("#solved").inner_text()
    assert "已补足" in said
    assert "证" in said
    assert taken(page, c) >= 0  # what was held stayed
    assert page.evaluate(f"{D}count.chosen") > 3
    page.locator("#undo").click()
    page.evaluate("localStorage.clear()")


def test_solving_is_cancelled_without_a_change(path, decide):
    page = decide(path)
    before = page.evaluate(f"{D}count.list()")
    page.select_option("#solve-seconds", "60")
    page.locator("#solve").click()
    page.locator("#solve-cancel").click()
    assert page.locator("#solving").is_hidden()
    assert page.evaluate(f"{D}count.list()") == before
    assert page.locator("#solve").is_enabled()


def test_stopped_the_best_so_far_is_taken(path, decide):
    page = decide(path)
    c = free_one(page)
    option = page.evaluate(f"(c) => {D}problem.options(c)[0]", c)
    page.evaluate(  # a solver that has an answer, and goes on for ever
        "([c, k]) => { window.Worker = class { terminate() { window.ended = true; }"
        " postMessage() { setTimeout(() => this.onmessage("
        "{ data: { do: 'better', answer: [[c, k, null]] } })); } }; }",
        [c, option],
    )
    page.select_option("#solve-seconds", "60")
    page.locator("#solve").click()
    wait_until(page, "document.getElementById('solving-text').textContent.includes('已有')")
    page.locator("#solve-take").click()
    assert taken(page, c) == option
    assert page.evaluate("window.ended")
    assert page.locator("#solving").is_hidden()
    assert "停" in page.locator("#solved").inner_text()
    page.locator("#undo").click()  # one step
    assert taken(page, c) < 0
    page.evaluate("localStorage.clear()")


def test_the_minutes_are_copied_as_text_and_tables_or_marked(path, decide):
    page = decide(path)
    page.locator("#minutes-open").click()
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', { value: { write: async ([item]) => {"
        " window.kept = []; for (const kind of ['text/plain', 'text/html'])"
        " window.kept.push(await (await item.getType(kind)).text()); } } }); 0"
    )
    page.locator("#minutes-copy").click()
    wait_until(page, "window.kept && window.kept.length === 2")
    text, tables = page.evaluate("window.kept")
    first = page.locator("#minutes-body td, #minutes-body tbody th").first.inner_text()
    assert first in text
    assert "\t" in text
    assert tables.count("<table") == page.locator("#minutes-body table").count()
    page.evaluate("navigator.clipboard.write = async () => { throw new Error(); }; 0")
    page.locator("#minutes-copy").click()
    wait_until(page, "getSelection().toString().length > 20")
    assert first in page.evaluate("getSelection().toString()")


def test_the_minutes_hold_the_decided_parcels_and_are_what_is_printed(path, decide):
    page = decide(path)
    page.mouse.click(*where(page, free_one(page)))
    page.locator("#minutes-open").click()
    body = page.locator("#minutes-body")
    rows = body.locator("table").last.locator("tbody tr")
    assert rows.count() == page.evaluate(f"{D}count.chosen")
    assert "会上定" in rows.all_inner_texts()[-1] + body.inner_text()
    assert answer(page) in body.inner_text()
    with page.expect_download() as download:
        page.locator("#minutes-csv").click()
    assert download.value.suggested_filename.endswith("纪要.csv")
    page.emulate_media(media="print")
    assert page.locator("#map").is_hidden()
    assert body.is_visible()
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")
    assert page.locator("#minutes").is_hidden()
    page.evaluate("localStorage.clear()")


def test_by_period_and_rules_are_shown(path, decide):
    page = decide(path)
    page.locator("#by-time").check()
    heads = page.locator("#totals-head th").all_inner_texts()
    assert heads[1:] == ["一季度", "二季度", "三季度", "四季度", "合计"]
    page.locator("#tabs [data-tab=rules]").click()
    text = page.locator("#rules").inner_text()
    assert "工矿仓储用地占全部用地不低于 20%" in text
    assert "成片甲" in text
    assert "成本（万元）" in page.locator("#money").inner_text()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_word_is_missing_or_of_the_machine(posed, decide, tmp_path, lang):
    page = decide(write(tmp_path, posed, lang=lang, solver=False, told=["一句"]))
    for name in ("plans", "list", "rules"):
        page.locator(f"#tabs [data-tab={name}]").click()
    page.locator("#minutes-open").click()
    html = page.evaluate(
        "[...document.querySelectorAll('main, header, #minutes')].map((e) => e.outerHTML).join()"
    )
    for odd in ("built-in", "undefined", "NaN", "[object", "null"):
        assert odd not in html, odd


# ---------------------------------------------------------------- odd ones


def test_names_are_text_whatever_they_hold(decide, tmp_path):
    land = deciding.candidate_table(8, 2)
    bad = '<script>window.hit=1</script><img src=x onerror="hit=1">'
    land["parcel_id"] = [f"{bad}{n}</script>" for n in range(8)]
    land["name"] = land["reason"] = bad
    places = deciding.region_table(2)
    places["name"] = [bad, "西镇"]
    land["region"] = [bad, "西镇"] * 4
    file = write(tmp_path, deciding.posed(land), land=land, regions=places, title=bad, told=[bad])
    page = decide(file)
    page.mouse.click(*where(page, free_one(page)))
    for name in ("rules", "plans", "list"):
        page.locator(f"#tabs [data-tab={name}]").click()
    page.locator("#minutes-open").click()
    assert page.evaluate("window.hit") is None
    assert bad in page.locator("#minutes-body h1").inner_text()
    page.evaluate("localStorage.clear()")


def test_no_candidates_at_all(decide, tmp_path):
    land = deciding.candidate_table(8, 2).iloc[:0]
    targets = deciding.target_table(deciding.candidate_table(8, 2))
    posed = deciding.posed(land, targets=targets, rules=None)
    page = decide(write(tmp_path, posed, solver=False))
    assert "已选 0 宗 0.00 公顷" in answer(page)
    assert page.locator("#solve").is_hidden()
    page.locator("#minutes-open").click()


def test_candidates_without_shapes_and_regions_are_decided_in_the_list(decide, tmp_path):
    land = pd.DataFrame(deciding.candidate_table(40, 4).drop(columns="geometry"))
    land.loc[:5, "region"] = ""
    none = gpd.GeoDataFrame({"name": []}, geometry=[])
    page = decide(write(tmp_path, deciding.posed(land), regions=none, solver=False))
    assert page.locator("#no-map").is_visible()
    page.locator("#tabs [data-tab=list]").click()
    turn = page.locator("#list .turn:not(:disabled)").first
    turn.click()
    assert page.evaluate(f"{D}count.chosen") >= 1
    page.locator("#tabs [data-tab=totals]").click()
    assert "区域外" in page.locator("#totals").inner_text()
    page.evaluate("localStorage.clear()")


def test_some_candidates_without_shape_are_listed(decide, tmp_path):
    land = deciding.candidate_table(40, 4)
    land.loc[3:9, "geometry"] = None
    page = decide(write(tmp_path, deciding.posed(land), solver=False))
    page.evaluate(f"{D}card.show(4)")
    assert page.locator("#card").is_visible()


def test_huge_areas_are_counted_in_the_page(decide, tmp_path):
    land = deciding.candidate_table(40, 2, divisible=False)
    land["area_m2"] = land["area_m2"] * 3e6
    page = decide(write(tmp_path, deciding.posed(land), solver=False))
    page.mouse.click(*where(page, free_one(page)))
    assert page.evaluate(f"typeof {D}count.area") == "bigint"
    assert "宗" in answer(page)
    page.evaluate("localStorage.clear()")


def test_a_browser_that_keeps_nothing_says_so(path, page):
    page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })"
    )
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    page.mouse.click(*where(page, free_one(page)))
    page.locator("summary").click()
    wait_until(page, "document.getElementById('stored').textContent.includes('不许')")
    assert page.faults == []


def test_what_another_page_kept_is_not_taken(path, decide):
    page = decide(path)
    key = page.evaluate(f"'landgis-sandbox-' + {D}page.key")
    for broken in ("{", json.dumps({"now": {"list": [[0, 99999, "1"]]}}), "null", "7"):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, broken])
        page.reload()
        page.wait_for_selector("html[data-ready]", state="attached")
        assert page.evaluate(f"{D}problem.n") == 40
    page.evaluate("localStorage.clear()")


def test_english_and_a_phone(posed, page, tmp_path):
    file = write(tmp_path, posed, lang="en", solver=False)
    page.set_viewport_size({"width": 375, "height": 700})
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-ready]", state="attached")
    assert "parcels chosen" in answer(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.evaluate(f"{D}card.show({free_one(page)})")
    card, stage = page.locator("#card").bounding_box(), page.locator("#map").bounding_box()
    assert card["height"] < stage["height"]
    assert page.locator("#totals").is_visible()
    assert page.faults == []


def test_starts_are_offered_and_the_first_is_shown(posed, decide, tmp_path):
    answered = allocate(posed["land"], posed["targets"], year=deciding.YEAR, progress=True)
    file = write(tmp_path, posed, starts={"程序推荐": answered.selected}, solver=False)
    page = decide(file)
    assert page.evaluate(f"{D}count.chosen") == len(answered.selected)
    page.locator("#tabs [data-tab=plans]").click()
    assert "程序推荐" in page.locator("#plans thead").inner_text()
    assert page.locator("#differences").inner_text().startswith("有 0 宗不同")
