#include "cli/report_charts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace chapar::cli {
namespace {

using model::Tallied;

constexpr std::size_t most_columns = 62, most_narrow_columns = 31;

/// Places from the side where reading begins.
class Canvas {
  public:
    Canvas(double width, double height, bool is_rtl) : width_(width), height_(height), is_rtl_(is_rtl) {}

    double width() const { return width_; }
    void rect(double x, double y, double w, double h, std::string_view style, std::string_view tip = {}, double r = 2) {
        if (w <= 0 || h <= 0) return;
        const auto left = is_rtl_ ? width_ - x - w : x;
        const auto round = std::min({r, w / 2, h / 2});
        out_ +=
            fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"{:.1f}\"",
                        style, left, y, w, h, round);
        out_ += tip.empty() ? "/>" : fmt::format("><title>{}</title></rect>", escaped(tip));
    }
    void line(double x1, double y, double x2, std::string_view style) {
        out_ += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>", style,
                            place(x1), y, place(x2), y);
    }
    enum class Side { begin, middle, end };
    void text(double x, double y, Side side, std::string_view style, std::string_view words) {
        // In text that runs from right to left the anchor `start` is its right end.
        static constexpr std::string_view anchors[] = {"start", "middle", "end"};
        out_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>", style,
                            place(x), y, anchors[static_cast<std::size_t>(side)], escaped(words));
    }
    void path(const std::vector<std::pair<double, double>>& points, std::string_view style) {
        if (points.empty()) return;
        std::string d;
        for (const auto& [x, y] : points)
            d += fmt::format("{}{:.1f} {:.1f}", d.empty() ? "M" : "L", place(x), y);
        out_ += fmt::format("<path class=\"{}\" d=\"{}\"/>", style, d);
    }
    void dot(double x, double y, std::string_view style, std::string_view tip) {
        out_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{}</title></circle>",
                            style, place(x), y, escaped(tip));
    }
    std::string take(std::string_view label) {
        return fmt::format(
            "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"{}\" direction=\"{}\">{}</svg>", width_,
            height_, escaped(label), is_rtl_ ? "rtl" : "ltr", out_);
    }

  private:
    double place(double x) const { return is_rtl_ ? width_ - x : x; }
    const double width_, height_;
    const bool is_rtl_;
    std::string out_;
};

using Side = Canvas::Side;

struct WayStep {
    Word word;
    std::int64_t human, raw;  // the same where nobody tells them apart
};

/// 1, 2 or 5 times a power of ten, so that at most five lines stand below the highest value.
std::int64_t step_of_axis(std::int64_t most) {
    std::int64_t unit = 1;
    for (;; unit *= 10)
        for (const std::int64_t times : {1, 2, 5})
            if (most <= unit * times * 4 + unit * times / 2) return unit * times;
}

// ---- time ---------------------------------------------------------------------------------------------------------

struct Column {
    std::string label, whole;
    model::Tally tally;
};

std::vector<Column> columns_of_time(const Report& report, const ReportWords& words, bool is_by_month) {
    std::vector<Column> out;
    for (const auto& [day, tally] : report.days) {
        const auto whole = is_by_month ? words.month(words.month_start(day)) : words.day(day);
        if (out.empty() || out.back().whole != whole)
            out.push_back({is_by_month ? whole : words.short_day(day), whole, {}});
        out.back().tally += tally;
    }
    return out;
}

class TimeChart {
  public:
    TimeChart(std::vector<Column> columns, const ReportWords& words, Shape shape)
        : columns_(std::move(columns)),
          words_(words),
          width_(shape == Shape::wide ? 900 : 360),
          canvas_(width_, height, words.is_persian()) {
        for (const auto& column : columns_)
            for (const auto shown : {Tallied::sent, Tallied::delivered, Tallied::opened_human, Tallied::clicked_human})
                most_ = std::max(most_, column.tally.of(shown));
        // Few columns stand apart as far as many do.
        slot_ = (width_ - left - right) / static_cast<double>(std::max<std::size_t>(columns_.size(), 8));
    }

    std::string draw() {
        axis();
        bars(Tallied::sent, "sent", 0.72);
        bars(Tallied::delivered, "delivered", 0.72);
        curve(Tallied::opened_human, "opened");
        curve(Tallied::clicked_human, "clicked");
        labels();
        return canvas_.take(words_(Word::by_day));
    }

  private:
    static constexpr double height = 280, left = 58, right = 12, top = 16, bottom = 36;

    double y(std::int64_t count) const {
        return height - bottom - (height - top - bottom) * static_cast<double>(count) / static_cast<double>(most_);
    }
    double middle(std::size_t i) const { return left + slot_ * (static_cast<double>(i) + 0.5); }
    std::string tip(const Column& column, Word word, std::int64_t count) const {
        return fmt::format("{}: {} {}", column.whole, words_(word), words_.number(count));
    }

    void axis() {
        const auto step = step_of_axis(most_);
        for (std::int64_t at = 0; at <= most_; at += step) {
            canvas_.line(left, y(at), width_ - right, at == 0 ? "axis" : "grid");
            canvas_.text(left - 8, y(at) + 4, Side::end, "tick", words_.number(at));
        }
    }
    void bars(Tallied count, std::string_view style, double share) {
        const auto wide = std::min(slot_ * share, 64.0);
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto value = columns_[i].tally.of(count);
            canvas_.rect(middle(i) - wide / 2, y(value), wide, y(0) - y(value), style,
                         tip(columns_[i], count == Tallied::sent ? Word::sent : Word::delivered, value), 3);
        }
    }
    void curve(Tallied count, std::string_view style) {
        std::vector<std::pair<double, double>> points;
        points.reserve(columns_.size());
        for (std::size_t i = 0; i < columns_.size(); ++i)
            points.emplace_back(middle(i), y(columns_[i].tally.of(count)));
        canvas_.path(points, fmt::format("{} curve", style));
        for (std::size_t i = 0; i < columns_.size(); ++i)
            canvas_.dot(middle(i), y(columns_[i].tally.of(count)), style,
                        tip(columns_[i], count == Tallied::opened_human ? Word::opened : Word::clicked,
                            columns_[i].tally.of(count)));
    }
    /// As many as have room.
    void labels() {
        const auto each = static_cast<std::size_t>(std::max(1.0, std::ceil(66.0 / slot_)));
        for (std::size_t i = 0; i < columns_.size(); i += each)
            canvas_.text(middle(i), height - bottom + 20, Side::middle, "tick", columns_[i].label);
    }

    std::vector<Column> columns_;
    const ReportWords& words_;
    const double width_;
    Canvas canvas_;
    std::int64_t most_ = 1;
    double slot_ = 1;
};

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else
            out += c;
    }
    return out;
}

namespace {

std::string_view colour_of(Word word) {
    constexpr std::array colours = {std::pair(Word::accepted, "accepted"), std::pair(Word::sent, "sent"),
                                    std::pair(Word::opened, "opened"), std::pair(Word::clicked, "clicked")};
    const auto found = std::ranges::find(colours, word, &std::pair<Word, const char*>::first);
    return found == colours.end() ? "delivered" : found->second;
}

class WayChart {
  public:
    WayChart(const Report& report, const ReportWords& words, Shape shape)
        : words_(words), is_wide_(shape == Shape::wide), sent_(report.total.of(Tallied::sent)) {
        const auto& total = report.total;
        const auto both = [&](Word word, Tallied human, Tallied raw) {
            steps_.push_back({word, total.of(human), total.of(raw)});
            most_ = std::max(most_, total.of(raw));
        };
        both(Word::accepted, Tallied::accepted, Tallied::accepted);
        both(Word::sent, Tallied::sent, Tallied::sent);
        both(Word::delivered, Tallied::delivered, Tallied::delivered);
        both(Word::opened, Tallied::opened_human, Tallied::opened);
        both(Word::clicked, Tallied::clicked_human, Tallied::clicked);
    }

    std::string draw() const {
        const double row = is_wide_ ? 46 : 56;
        Canvas canvas(width(), row * static_cast<double>(steps_.size()) + 4, words_.is_persian());
        for (std::size_t i = 0; i < steps_.size(); ++i)
            draw_step(canvas, steps_[i], row * static_cast<double>(i) + (is_wide_ ? 10 : 26));
        return canvas.take(words_(Word::way));
    }

  private:
    static constexpr double label = 130, number = 190, thick = 24;
    double width() const { return is_wide_ ? 900 : 360; }
    double track() const { return is_wide_ ? width() - label - number : width(); }
    double long_as(std::int64_t count) const {
        return count == 0 ? 0 : std::max(3.0, track() * static_cast<double>(count) / static_cast<double>(most_));
    }

    /// Words stand beside the bar, or above it where it is narrow.
    void draw_step(Canvas& canvas, const WayStep& step, double y) const {
        const auto begin = is_wide_ ? label : 0, line = is_wide_ ? y + thick / 2 + 5 : y - 8;
        const auto colour = colour_of(step.word);
        canvas.text(0, line, Side::begin, "label", words_(step.word));
        canvas.rect(begin, y, track(), thick, "track", {}, 5);
        canvas.rect(begin, y, long_as(step.raw), thick, fmt::format("{} raw", colour),
                    fmt::format("{}: {}", words_(Word::all_hits), words_.number(step.raw)), 5);
        canvas.rect(begin, y, long_as(step.human), thick, colour, words_.number(step.human), 5);
        canvas.text(is_wide_ ? width() - number + 14 : width() - 84, line, is_wide_ ? Side::begin : Side::end, "value",
                    words_.number(step.human));
        const bool has_share = step.word != Word::accepted && step.word != Word::sent;
        if (has_share) canvas.text(width(), line, Side::end, "share", words_.share(step.human, sent_));
    }

    const ReportWords& words_;
    const bool is_wide_;
    const std::int64_t sent_;
    std::int64_t most_ = 1;
    std::vector<WayStep> steps_;
};

}  // namespace

std::string way_chart(const Report& report, const ReportWords& words, Shape shape) {
    return WayChart(report, words, shape).draw();
}

std::string time_chart(const Report& report, const ReportWords& words, Shape shape) {
    const bool is_by_month = report.days.size() > (shape == Shape::wide ? most_columns : most_narrow_columns);
    return TimeChart(columns_of_time(report, words, is_by_month), words, shape).draw();
}

}  // namespace chapar::cli
