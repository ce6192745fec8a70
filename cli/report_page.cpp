#include "cli/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "cli/report_charts.hpp"
#include "render/l10n/dates.hpp"

namespace chapar::cli {
namespace {

using model::Named;
using model::Tallied;

constexpr std::string_view style = R"css(
:root{color-scheme:light dark;--page:#f4f5f7;--card:#fff;--ink:#1b2430;--soft:#5c6878;--line:#e3e7ec;--track:#eef1f5;
--accepted:#aab6c5;--sent:#9fc3e8;--delivered:#2f7fd1;--opened:#d9822b;--clicked:#1f9d76;--bad:#c0433b}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b2129;--ink:#e8edf3;--soft:#9aa7b6;--line:#2c3541;
--track:#252d38;--accepted:#5d6b7c;--sent:#2f557d;--delivered:#5aa4ee;--opened:#f0a352;--clicked:#45c79b;--bad:#ef7d75}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.6 system-ui,Vazirmatn,Vazir,"IRANSansX","Segoe UI",
"Noto Sans Arabic",Tahoma,"DejaVu Sans",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 40px}
header{margin:0 4px 20px}
h1{font-size:1.7rem;line-height:1.3;margin:0;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:0 0 14px}
p{margin:0;color:var(--soft)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:20px 22px;margin:0 0 16px;
break-inside:avoid}
.tiles{display:flex;flex-wrap:wrap;gap:12px;margin:0 0 16px}
.tile{flex:1 1 190px;background:var(--card);border:1px solid var(--line);border-radius:14px;padding:14px 18px;break-inside:avoid}
.tile b{display:block;font-size:1.6rem;line-height:1.35;font-variant-numeric:tabular-nums}
.tile.money b{font-size:1.3rem;line-height:1.65}
.tile span{color:var(--soft);font-size:.9rem}
.tile small{color:var(--soft);font-size:.82rem;display:block}.tile i{font-style:normal;white-space:nowrap}
.two{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:16px;margin:0 0 16px}
.two section{margin:0}
svg{display:block;width:100%;height:auto;overflow:visible}
svg text{font:14px system-ui,Vazirmatn,Vazir,"Segoe UI","Noto Sans Arabic",Tahoma,"DejaVu Sans",sans-serif;
fill:var(--ink)}
svg .tick,svg .share{fill:var(--soft)}svg .tick{font-size:13px}svg .value{font-weight:600}
.grid{stroke:var(--line);stroke-width:1}.axis{stroke:var(--soft);stroke-width:1}.track{fill:var(--track)}
.accepted{fill:var(--accepted)}.sent{fill:var(--sent)}.delivered{fill:var(--delivered)}.opened{fill:var(--opened)}
.clicked{fill:var(--clicked)}.raw{opacity:.32}
.curve{fill:none;stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}
.opened.curve{stroke:var(--opened)}.clicked.curve{stroke:var(--clicked)}
ul.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:10px 0 0;padding:0;color:var(--soft);
font-size:.88rem}
ul.legend i{display:inline-block;width:11px;height:11px;border-radius:3px;margin-inline-end:6px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:.92rem}
th,td{text-align:end;padding:7px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th:first-child,td:first-child{text-align:start;padding-inline-start:0}
th{color:var(--soft);font-weight:600;font-size:.84rem}
td small{color:var(--soft)}
tbody tr:last-child td{border-bottom:0}
tfoot td{font-weight:600;border-top:2px solid var(--line);border-bottom:0}
dl{display:grid;grid-template-columns:1fr auto;gap:6px 14px;margin:0}
dt{overflow-wrap:anywhere}dd{margin:0;text-align:end;font-variant-numeric:tabular-nums;font-weight:600}
dl .bar{grid-column:1/-1;height:6px;border-radius:3px;background:var(--track);margin-bottom:6px;overflow:hidden}
dl .bar i{display:block;height:100%;border-radius:3px;background:var(--bad)}dl.kept .bar i{background:var(--accepted)}
.narrow{display:none}
.warn{border-color:var(--bad);color:var(--bad)}
footer{color:var(--soft);font-size:.85rem;margin:18px 4px 0}
bdi{unicode-bidi:isolate}
@media (max-width:560px){main{padding:18px 12px 28px}section{padding:16px 14px}.tile{flex-basis:120px;padding:12px 14px}
.tile.money{flex-basis:100%}.tile b{font-size:1.35rem}h1{font-size:1.35rem}.wide{display:none}.narrow{display:block}}
@media print{:root{color-scheme:light;--page:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--track:#eee;
--accepted:#aab6c5;--sent:#9fc3e8;--delivered:#2f7fd1;--opened:#d9822b;--clicked:#1f9d76;--bad:#c0433b}
@page{size:A4;margin:14mm}body{font-size:12px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
main{max-width:none;padding:0}section,.tile{border-color:#bbb;border-radius:8px;padding:10px 14px}
.tile{flex-basis:22%}.scroll{overflow:visible}thead{display:table-header-group}
tr{break-inside:avoid}section.long{break-inside:auto}}
)css";

class Page {
  public:
    Page(const Report& report, const ReportWords& words, std::int64_t now)
        : report_(report), words_(words), now_(now), sent_(report.total.of(Tallied::sent)) {}

    std::string make() {
        head();
        if (report_.days.empty()) {
            put(fmt::format("<section><p>{}</p></section>", word(Word::nothing)));
        } else {
            tiles();
            way();
            time();
            parts();
            lists();
            days();
        }
        put(fmt::format("<footer><p>{}</p></footer></main></body></html>\n", word(Word::about_hits)));
        return std::move(out_);
    }

  private:
    void put(std::string_view html) { out_ += html; }
    std::string word(Word which) const { return escaped(words_(which)); }
    std::string number(Tallied count, const model::Tally& tally) const { return words_.number(tally.of(count)); }
    /// A name of whatever direction.
    static std::string name(std::string_view text) { return "<bdi>" + escaped(text) + "</bdi>"; }

    void head() {
        const auto title = report_.campaign.empty() ? std::string(words_(Word::all_messages)) : report_.campaign;
        put(
            fmt::format("<!doctype html>\n<html lang=\"{}\" dir=\"{}\"><head><meta charset=\"utf-8\">"
                        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
                        "'unsafe-inline'\"><meta name=\"robots\" content=\"noindex\"><title>{} – {}</title><style>{}"
                        "</style></head><body><main><header><h1>{}</h1>",
                        words_.locale(), words_.is_persian() ? "rtl" : "ltr", escaped(title), word(Word::title), style,
                        name(title)));
        put(fmt::format("<p>{}</p></header>", about()));
        if (report_.total.of(Tallied::damaged) != 0)
            put(fmt::format("<section class=\"warn\">{}</section>", word(Word::incomplete)));
    }

    std::string about() const {
        std::string out;
        if (!report_.days.empty()) {
            const auto first = words_.day(report_.days.begin()->first), last = words_.day(report_.days.rbegin()->first);
            out = first == last ? name(first) : name(first) + " – " + name(last);
            out += " · ";
        }
        const render::DateStyle date{
            .date = "medium", .time = "short", .calendar = words_.is_persian() ? "persian" : "gregorian"};
        const auto made = render::format_date(now_, words_.locale(), report_.timezone, date);
        return out + name(report_.timezone) + " · " + word(Word::made_at) + ' ' + name(made.value_or(""));
    }

    // ---- tiles ----

    void tile(std::string_view label, std::string_view value, std::string_view note = {}, bool is_money = false) {
        put(fmt::format("<div class=\"tile{}\"><span>{}</span><b>{}</b><small>{}</small></div>",
                        is_money ? " money" : "", label, value, note));
    }

    void tiles() {
        const auto& total = report_.total;
        const auto of_sent = [&](Tallied count) { return words_.share(total.of(count), sent_); };
        put("<div class=\"tiles\">");
        tile(word(Word::sent), words_.number(sent_));
        tile(word(Word::delivered), of_sent(Tallied::delivered), number(Tallied::delivered, total));
        for (const auto& [label, human, any] : {std::tuple(Word::opened, Tallied::opened_human, Tallied::opened),
                                                std::tuple(Word::clicked, Tallied::clicked_human, Tallied::clicked)})
            tile(word(label), of_sent(human),
                 fmt::format("<i>{} {}</i> · <i>{} {}</i>", number(human, total), word(Word::by_people),
                             number(any, total), word(Word::all_hits)));
        for (const auto& [goal, count] : named(total, Named::converted))
            tile(fmt::format("{} <bdi>{}</bdi>", word(Word::converted), escaped(goal)), words_.amount(count));
        for (const auto& [what, sum] : named(total, Named::revenue)) {
            const auto blank = what.rfind(' ');
            tile(fmt::format("{} <bdi>{}</bdi>", word(Word::revenue), escaped(what.substr(0, blank))),
                 name(words_.money(sum, what.substr(blank + 1))), {}, true);
        }
        for (const auto& [currency, sum] : named(total, Named::cost))
            tile(word(Word::cost), name(words_.money(sum, currency)), {}, true);
        put("</div>");
    }

    // ---- plots ----

    void legend(std::initializer_list<std::pair<std::string_view, std::string>> entries) {
        put("<ul class=\"legend\">");
        for (const auto& [colour, label] : entries)
            put(fmt::format("<li><i style=\"background:var(--{})\"></i>{}</li>", colour, label));
        put("</ul>");
    }

    void both(std::string (*chart)(const Report&, const ReportWords&, Shape)) {
        put(fmt::format("<div class=\"wide\">{}</div><div class=\"narrow\">{}</div>",
                        chart(report_, words_, Shape::wide), chart(report_, words_, Shape::narrow)));
    }

    void way() {
        put(fmt::format("<section><h2>{}</h2>", word(Word::way)));
        both(way_chart);
        put("</section>");
    }

    void time() {
        put(fmt::format("<section><h2>{}</h2>", word(Word::by_day)));
        both(time_chart);
        const auto people = [&](Word which) { return word(which) + ' ' + word(Word::by_people); };
        legend({{"sent", word(Word::sent)},
                {"delivered", word(Word::delivered)},
                {"opened", people(Word::opened)},
                {"clicked", people(Word::clicked)}});
        put("</section>");
    }

    // ---- tables ----

    void table_head(std::initializer_list<Word> first) {
        put("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
        for (const auto which : first)
            put(fmt::format("<th scope=\"col\">{}</th>", word(which)));
        for (const auto which : {Word::sent, Word::delivered, Word::opened, Word::clicked, Word::bounced,
                                 Word::unsubscribed, Word::complained})
            put(fmt::format("<th scope=\"col\">{}</th>", word(which)));
        put("</tr></thead>");
    }

    /// What people did, with all of it behind.
    void table_cells(const model::Tally& tally) {
        put(fmt::format("<td>{}</td><td>{}</td>", number(Tallied::sent, tally), number(Tallied::delivered, tally)));
        for (const auto& [human, any] :
             {std::pair(Tallied::opened_human, Tallied::opened), std::pair(Tallied::clicked_human, Tallied::clicked)})
            put(fmt::format("<td>{} <small>/ {}</small></td>", number(human, tally), number(any, tally)));
        put(fmt::format("<td>{}</td><td>{}</td><td>{}</td></tr>", words_.number(bounced(tally)),
                        number(Tallied::unsubscribed, tally), number(Tallied::complained, tally)));
    }

    void parts() {
        if (report_.parts.size() < 2) return;
        put(fmt::format("<section class=\"long\"><h2>{}</h2>", word(Word::by_part)));
        table_head({Word::channel, Word::template_name, Word::variant});
        put("<tbody>");
        for (const auto& [part, tally] : report_.parts) {
            const auto named_template = part.template_name.empty() ? word(Word::ready_made) : name(part.template_name);
            put(fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td>", name(words_.channel(part.channel)), named_template,
                            name(part.variant)));
            table_cells(tally);
        }
        put("</tbody></table></div></section>");
    }

    void days() {
        put(fmt::format("<section class=\"long\"><h2>{}</h2>", word(Word::by_day)));
        table_head({Word::day});
        put("<tbody>");
        for (const auto& [day, tally] : report_.days) {
            if (tally.is_zero()) continue;
            put(fmt::format("<tr><td>{}</td>", name(words_.day(day))));
            table_cells(tally);
        }
        put(fmt::format("</tbody><tfoot><tr><td>{}</td>", word(Word::total)));
        table_cells(report_.total);
        put("</tfoot></table></div></section>");
    }

    // ---- what did not arrive ----

    void list(Word title, std::string_view style_name,
              const std::vector<std::pair<std::string, std::int64_t>>& entries) {
        std::int64_t most = 1;
        for (const auto& [label, count] : entries)
            most = std::max(most, count);
        if (entries.empty()) return;
        put(fmt::format("<section><h2>{}</h2><dl class=\"{}\">", word(title), style_name));
        for (const auto& [label, count] : entries)
            put(fmt::format("<dt>{}</dt><dd>{}</dd><div class=\"bar\"><i style=\"width:{:.1f}%\"></i></div>", label,
                            words_.number(count), 100.0 * static_cast<double>(count) / static_cast<double>(most)));
        put("</dl></section>");
    }

    void lists() {
        const auto& total = report_.total;
        std::vector<std::pair<std::string, std::int64_t>> bounces, kept;
        for (const auto& [count, which] :
             {std::pair(Tallied::bounced_hard, Word::hard), std::pair(Tallied::bounced_soft, Word::soft),
              std::pair(Tallied::bounced_blocked, Word::blocked), std::pair(Tallied::bounced_content, Word::content)})
            if (total.of(count) != 0) bounces.emplace_back(word(which), total.of(count));
        for (const auto& [reason, count] : named(total, Named::kept_back))
            kept.emplace_back(name(words_.reason(reason)), count);
        std::ranges::stable_sort(kept, std::greater{}, &std::pair<std::string, std::int64_t>::second);
        if (bounces.empty() && kept.empty()) return;
        put("<div class=\"two\">");
        list(Word::kept_back, "kept", kept);
        list(Word::bounced, "bounced", bounces);
        put("</div>");
    }

    const Report& report_;
    const ReportWords& words_;
    const std::int64_t now_;
    const std::int64_t sent_;
    std::string out_;
};

}  // namespace

std::string report_page(const Report& report, const ReportWords& words, std::int64_t now) {
    return Page(report, words, now).make();
}

}  // namespace chapar::cli
