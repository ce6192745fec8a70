#include "cli/report_terminal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace chapar::cli {
namespace {

using model::Named;
using model::Tallied;

constexpr std::string_view right_to_left = "\u200F", isolate = "\u2068", end_isolate = "\u2069";
constexpr int most_day_lines = 31, widest_bar = 48, narrow = 44;

char32_t next_character(std::string_view& text) {
    const auto first = static_cast<unsigned char>(text.front());
    const std::size_t size = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t out = first < 0x80 ? first : first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size && i < text.size(); ++i)
        out = out << 6 | (static_cast<unsigned char>(text[i]) & 0x3FU);
    text.remove_prefix(std::min(size, text.size()));
    return out;
}

bool takes_no_column(char32_t c) {
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
           (c >= 0x0300 && c <= 0x036F) || (c >= 0x064B && c <= 0x065F) || c == 0xFEFF;
}

/// At most `columns` of it, with an ellipsis where something is left out.
std::string cut(std::string_view text, int columns) {
    if (columns_of(text) <= columns) return std::string(text);
    std::string out;
    int used = 0;
    while (!text.empty()) {
        const auto rest = text;
        const auto c = next_character(text);
        const int more = takes_no_column(c) ? 0 : 1;
        if (used + more >= columns) break;
        used += more;
        out.append(rest.substr(0, rest.size() - text.size()));
    }
    return out + "\u2026";
}

class Lines {
  public:
    Lines(const ReportWords& words, int width) : words_(words), width_(std::max(width, 20)) {}

    int width() const { return width_; }
    void blank() { out_ += '\n'; }
    void text(std::string_view line) { put(std::string(cut(line, width_))); }
    void heading(std::string_view line) {
        blank();
        text(line);
    }
    /// Words that go on in the next line where they don't fit.
    void paragraph(std::string_view sentence) {
        std::string line;
        while (!sentence.empty()) {
            const auto end = std::min(sentence.find(' '), sentence.size());
            const auto word = sentence.substr(0, end);
            if (!line.empty() && columns_of(line) + 1 + columns_of(word) > width_) put(std::exchange(line, {}));
            if (!line.empty()) line += ' ';
            line.append(word);
            sentence.remove_prefix(std::min(end + 1, sentence.size()));
        }
        if (!line.empty()) put(std::move(line));
    }
    /// A cell keeps its own direction, so that numbers and names of other scripts stay whole in a line.
    std::string cell(std::string_view text, int columns, bool is_number) const {
        const auto shown = cut(text, columns);
        const std::string padding(static_cast<std::size_t>(std::max(0, columns - columns_of(shown))), ' ');
        const auto held = words_.is_persian() ? fmt::format("{}{}{}", isolate, shown, end_isolate) : shown;
        return is_number ? padding + held : held + padding;
    }
    void put(std::string line) {
        while (line.ends_with(' '))
            line.pop_back();
        if (words_.is_persian()) out_ += right_to_left;
        out_.append(line).append("\n");
    }
    std::string take() { return std::move(out_); }

  private:
    const ReportWords& words_;
    const int width_;
    std::string out_;
};

/// Eighths of a block where they grow to the right; whole ones in the other direction.
std::string bar(std::int64_t part, std::int64_t whole, int columns, bool is_persian) {
    static constexpr std::string_view eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (whole <= 0 || part <= 0 || columns <= 0) return {};
    const auto parts = std::min<std::int64_t>(
        static_cast<std::int64_t>(8.0 * columns * static_cast<double>(part) / static_cast<double>(whole)),
        std::int64_t{8} * columns);
    std::string out;
    for (std::int64_t i = 0; i < parts / 8; ++i)
        out += "█";
    if (is_persian) return out.empty() ? "█" : out;
    const auto rest = std::string(eighths[parts % 8]);
    return out.empty() && rest.empty() ? "▏" : out + rest;
}

// ---- the way from accepted to clicked -----------------------------------------------------------------------------

struct Step {
    std::string label;
    std::int64_t count = 0;
    std::string note;
};

std::vector<Step> steps_of(const Report& report, const ReportWords& words) {
    const auto& total = report.total;
    const auto sent = total.of(Tallied::sent);
    const auto raw = [&](Tallied any) {
        return fmt::format("{} {}", words(Word::all_hits), words.number(total.of(any)));
    };
    return {{std::string(words(Word::accepted)), total.of(Tallied::accepted), {}},
            {std::string(words(Word::sent)), sent, {}},
            {std::string(words(Word::delivered)), total.of(Tallied::delivered),
             words.share(total.of(Tallied::delivered), sent)},
            {std::string(words(Word::opened)), total.of(Tallied::opened_human),
             words.share(total.of(Tallied::opened_human), sent) + "  " + raw(Tallied::opened)},
            {std::string(words(Word::clicked)), total.of(Tallied::clicked_human),
             words.share(total.of(Tallied::clicked_human), sent) + "  " + raw(Tallied::clicked)}};
}

void print_steps(const Report& report, const ReportWords& words, Lines& out) {
    const auto steps = steps_of(report, words);
    int label = 0, number = 0, note = 0;
    std::int64_t most = 1;
    for (const auto& step : steps) {
        label = std::max(label, columns_of(step.label));
        number = std::max(number, columns_of(words.number(step.count)));
        note = std::max(note, columns_of(step.note));
        most = std::max(most, step.count);
    }
    const int rest = out.width() - label - number - 2;
    const bool has_notes = rest >= 16;
    const int columns = std::min(widest_bar, rest - 1 - (has_notes ? std::min(note, rest - 9) + 1 : 0));
    for (const auto& step : steps) {
        auto line = out.cell(step.label, label, false) + ' ' + out.cell(words.number(step.count), number, true);
        if (columns >= 4) line += ' ' + out.cell(bar(step.count, most, columns, words.is_persian()), columns, false);
        if (has_notes && !step.note.empty()) line += ' ' + out.cell(step.note, std::min(note, rest - 9), false);
        out.put(std::move(line));
    }
}

// ---- what is counted by name --------------------------------------------------------------------------------------

void print_list(std::string_view label, std::int64_t sum, const std::vector<std::pair<std::string, std::string>>& parts,
                const ReportWords& words, Lines& out) {
    std::string line = fmt::format("{} {}", label, words.number(sum));
    for (const auto& [name, count] : parts)
        line += fmt::format("{} {} {}", &name == &parts.front().first ? ":" : " ·", name, count);
    out.paragraph(line);
}

void print_rest(const Report& report, const ReportWords& words, Lines& out) {
    const auto& total = report.total;
    using Parts = std::vector<std::pair<std::string, std::string>>;
    Parts bounces, kept;
    for (const auto& [count, word] :
         {std::pair(Tallied::bounced_hard, Word::hard), std::pair(Tallied::bounced_soft, Word::soft),
          std::pair(Tallied::bounced_blocked, Word::blocked), std::pair(Tallied::bounced_content, Word::content)})
        if (total.of(count) != 0) bounces.emplace_back(words(word), words.number(total.of(count)));
    for (const auto& [reason, count] : named(total, Named::kept_back))
        kept.emplace_back(words.reason(reason), words.number(count));
    if (bounced(total) != 0) print_list(words(Word::bounced), bounced(total), bounces, words, out);
    for (const auto& [count, word] :
         {std::pair(Tallied::unsubscribed, Word::unsubscribed), std::pair(Tallied::complained, Word::complained)})
        if (total.of(count) != 0) print_list(words(word), total.of(count), {}, words, out);
    if (kept_back(total) != 0) print_list(words(Word::kept_back), kept_back(total), kept, words, out);
    for (const auto& [goal, count] : named(total, Named::converted))
        out.paragraph(fmt::format("{} {}: {}", words(Word::converted), goal, words.amount(count)));
    for (const auto& [name, sum] : named(total, Named::revenue)) {
        const auto blank = name.rfind(' ');
        out.paragraph(fmt::format("{} {}: {}", words(Word::revenue), name.substr(0, blank),
                                  words.money(sum, name.substr(blank + 1))));
    }
    for (const auto& [currency, sum] : named(total, Named::cost))
        out.paragraph(fmt::format("{} {}", words(Word::cost), words.money(sum, currency)));
    if (total.of(Tallied::damaged) != 0) out.paragraph(words(Word::incomplete));
}

// ---- day by day ---------------------------------------------------------------------------------------------------

using Counted = std::vector<std::pair<std::string, model::Tally>>;

/// Days, or months where there are too many.
Counted by_time(const Report& report, const ReportWords& words, bool& is_by_month) {
    is_by_month = report.days.size() > most_day_lines;
    Counted out;
    for (const auto& [day, tally] : report.days) {
        const auto label = is_by_month ? words.month(words.month_start(day)) : words.day(day);
        if (out.empty() || out.back().first != label) out.emplace_back(label, model::Tally{});
        out.back().second += tally;
    }
    return out;
}

constexpr std::array table_counts = {Tallied::sent, Tallied::delivered, Tallied::opened_human, Tallied::clicked_human};
constexpr std::array table_words = {Word::sent, Word::delivered, Word::opened, Word::clicked};

/// As many of the columns as have room, and a bar of what was sent in what is left.
void print_table(std::string_view first, const Counted& rows, const ReportWords& words, Lines& out) {
    int label = columns_of(first);
    std::int64_t most = 1;
    for (const auto& [name, tally] : rows) {
        label = std::max(label, columns_of(name));
        most = std::max(most, tally.of(Tallied::sent));
    }
    label = std::min(label, std::max(10, out.width() / 2));
    std::vector<int> columns;
    int used = label;
    for (std::size_t i = 0; i < table_counts.size(); ++i) {
        int column = columns_of(words(table_words[i]));
        for (const auto& [name, tally] : rows)
            column = std::max(column, columns_of(words.number(tally.of(table_counts[i]))));
        if (used + column + 2 > out.width()) break;
        used += column + 2;
        columns.push_back(column);
    }
    const int bars = out.width() >= narrow ? std::min(widest_bar / 2, out.width() - used - 2) : 0;
    auto head = out.cell(first, label, false);
    for (std::size_t i = 0; i < columns.size(); ++i)
        head += "  " + out.cell(words(table_words[i]), columns[i], true);
    out.put(std::move(head));
    for (const auto& [name, tally] : rows) {
        auto line = out.cell(name, label, false);
        for (std::size_t i = 0; i < columns.size(); ++i)
            line += "  " + out.cell(words.number(tally.of(table_counts[i])), columns[i], true);
        if (bars >= 4) line += "  " + bar(tally.of(Tallied::sent), most, bars, words.is_persian());
        out.put(std::move(line));
    }
}

Counted by_part(const Report& report, const ReportWords& words) {
    Counted out;
    for (const auto& [part, tally] : report.parts) {
        auto label = words.channel(part.channel) + ' ';
        label += part.template_name.empty() ? words(Word::ready_made) : std::string_view(part.template_name);
        if (!part.variant.empty()) label += " " + part.variant;
        const auto same = std::ranges::find(out, label, &Counted::value_type::first);
        if (same == out.end())
            out.emplace_back(label, tally);
        else
            same->second += tally;
    }
    return out;
}

std::string about(const Report& report, const ReportWords& words) {
    if (report.days.empty()) return {};
    const auto first = words.day(report.days.begin()->first), last = words.day(report.days.rbegin()->first);
    const auto days = first == last ? first : fmt::format("{} – {}", first, last);
    return fmt::format("{}  {}", days, report.timezone);
}

}  // namespace

int columns_of(std::string_view text) {
    int out = 0;
    while (!text.empty())
        out += takes_no_column(next_character(text)) ? 0 : 1;
    return out;
}

std::string report_text(const Report& report, const ReportWords& words, int width) {
    Lines out(words, width);
    out.text(report.campaign.empty() ? words(Word::all_messages) : std::string_view(report.campaign));
    if (report.days.empty()) {
        out.text(words(Word::nothing));
        return out.take();
    }
    out.text(about(report, words));
    out.blank();
    print_steps(report, words, out);
    out.blank();
    print_rest(report, words, out);
    bool is_by_month = false;
    const auto days = by_time(report, words, is_by_month);
    out.heading(words(is_by_month ? Word::by_month : Word::by_day));
    print_table(words(is_by_month ? Word::month : Word::day), days, words, out);
    const auto parts = by_part(report, words);
    if (parts.size() > 1) {
        out.heading(words(Word::by_part));
        print_table(words(Word::template_name), parts, words, out);
    }
    out.blank();
    out.paragraph(words(Word::about_hits));
    return out.take();
}

}  // namespace chapar::cli
