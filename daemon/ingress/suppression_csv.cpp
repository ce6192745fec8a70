#include "ingress/suppression_csv.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "config/suggest.hpp"
#include "csv/columns.hpp"
#include "csv/writer.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/person_json.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {

SuppressionImport::SuppressionImport(std::shared_ptr<net::Exchange> exchange, const Deps& deps, Post post,
                                     std::string source, std::optional<csv::Encoding> encoding)
    : exchange_(std::move(exchange)),
      deps_(deps),
      post_(std::move(post)),
      source_(std::move(source)),
      reader_(*this, encoding, max_line),
      last_(deps.clock.monotonic()) {}

void SuppressionImport::data(std::string_view bytes) {
    last_ = deps_.clock.monotonic();
    if (!over_) reader_.feed(bytes);
    account();
    if (exchange_->room() == net::Room::enough || over_) return;
    flush();  // it is given back when it is on the disk
    govern();
}

void SuppressionImport::account() { exchange_->holds(batch_bytes_ + open_bytes_ + reader_.held()); }

void SuppressionImport::govern() {
    const bool is_full = open_ >= max_open || (open_ > 0 && exchange_->room() != net::Room::enough);
    if (is_full == paused_) return;
    paused_ = is_full;
    if (is_full)
        exchange_->pause();
    else
        exchange_->resume();
}

void SuppressionImport::header(csv::Row& names) {
    const auto known = suppression_members();
    std::vector<std::string> columns;
    for (const auto& cell : names) {
        auto column = csv::column_of_suppression(cell.text);
        if (std::ranges::find(known, column) == known.end())
            return refuse(422, "invalid-suppression",
                          fmt::format("the first line names the columns: no column \"{}\"{}", column.substr(0, 64),
                                      config::suggestion(column, known)));
        if (const auto twin = std::ranges::find(columns, column); twin != columns.end())
            return refuse(422, "invalid-suppression",
                          fmt::format("the first line names the columns: \"{}\" and \"{}\" both mean {}",
                                      names[static_cast<std::size_t>(twin - columns.begin())].text.substr(0, 64),
                                      cell.text.substr(0, 64), column));
        columns.push_back(std::move(column));
    }
    for (const std::string_view needed : {"channel", "address"}) {
        if (std::ranges::find(columns, needed) == columns.end())
            return refuse(422, "invalid-suppression",
                          fmt::format("the first line names the columns: there is no {}", needed));
    }
    columns_ = std::move(columns);
}

void SuppressionImport::problem(csv::Problem problem) {
    if (over_) return;
    if (columns_.empty()) {
        const bool is_foreign = problem.kind == csv::CsvTrouble::not_csv;
        return refuse(422, "invalid-suppression",
                      is_foreign ? std::move(problem.sentence)
                                 : fmt::format("the first line names the columns: {}", problem.sentence));
    }
    wrong(problem.at.line, problem.is_fatal ? problem.sentence + "; nothing after it was read" : problem.sentence);
}

void SuppressionImport::row(csv::Row& cells) {
    if (over_) return;
    SuppressionWords words;
    std::size_t bytes = sizeof(model::Suppression);
    for (std::size_t i = 0; i < cells.size(); ++i) {
        bytes += cells[i].text.size();
        *words.member(columns_[i]) = csv::unmarked(std::move(cells[i].text));
    }
    auto read = read_suppression(words, deps_.clock.now(), source_, *deps_.settings());
    if (!read) {
        const auto& first = read.error().front();
        return wrong(cells.front().at.line, fmt::format("{}: {}", first.pointer.substr(1), first.detail));
    }
    ++taken_;
    batch_.push_back(std::move(*read));
    batch_bytes_ += bytes;
    if (batch_.size() >= max_batch) flush();
}

void SuppressionImport::wrong(std::int64_t line, std::string detail) {
    ++failures_;
    if (failed_.size() < max_shown) failed_.push_back({line, std::move(detail)});
}

void SuppressionImport::flush() {
    if (batch_.empty()) return;
    ++open_;
    const auto bytes = std::exchange(batch_bytes_, 0);
    open_bytes_ += bytes;
    govern();
    auto batch = std::move(batch_);
    batch_.clear();
    deps_.store.suppress(std::move(batch), [self = shared_from_this(), bytes](const Result<std::int64_t>& added) {
        self->post_([self, added, bytes] { self->landed(added, bytes); });
    });
}

void SuppressionImport::landed(const Result<std::int64_t>& added, std::size_t bytes) {
    --open_;
    open_bytes_ -= bytes;
    account();
    if (added)
        added_ += *added;
    else if (!over_)
        refuse(503, "storage-unavailable", added.error().message());
    govern();
    finish_if_over();
}

void SuppressionImport::end() {
    if (over_) return;
    reader_.finish();
    if (over_) return;
    if (columns_.empty()) return refuse(422, "invalid-suppression", "the first line names the columns: there is none");
    flush();
    ended_ = true;
    finish_if_over();
}

void SuppressionImport::finish_if_over() {
    if (!ended_ || over_ || open_ > 0) return;
    over_ = true;
    json::Writer out;
    out.begin_object().member("added", added_).member("known", taken_ - added_).member("failed", failures_);
    out.member("read_as", words(reader_.dialect()));
    out.key("errors").begin_array();
    for (const auto& failed : failed_)
        out.begin_object().member("line", failed.line).member("detail", failed.detail).end_object();
    out.end_array().end_object();
    deps_.control.fence([self = shared_from_this(), text = out.take()] {
        self->post_([self, text] { self->exchange_->answer(json_answer(200, text)); });
    });
}

void SuppressionImport::refuse(int status, std::string_view type, std::string detail) {
    over_ = true;
    auto response = net::to_response({status, type, std::move(detail), {}, {}});
    response.close = !ended_;
    exchange_->answer(std::move(response));
}

bool SuppressionImport::stalled(Monotonic now, Milliseconds limit) {
    if (paused_) last_ = now;
    return !ended_ && now - last_ > limit;
}

SuppressionExport::SuppressionExport(std::shared_ptr<net::Exchange> exchange, const Deps& deps, Readers& readers,
                                     Post post)
    : exchange_(std::move(exchange)), deps_(deps), readers_(readers), post_(std::move(post)) {}

void SuppressionExport::start() {
    exchange_->begin(200, "text/csv");
    std::vector<std::string> names;
    for (const auto member : suppression_members())
        names.emplace_back(member);
    exchange_->write(csv::join(names));
    go_on();
}

void SuppressionExport::go_on() {
    readers_.run([self = shared_from_this()] { self->read(); });
}

void SuppressionExport::read() {
    const auto rows = deps_.store.suppressions(channel_, address_, page);
    std::string text;
    if (!rows) return post_([self = shared_from_this()] { self->exchange_->cut_off(); });
    for (const auto& row : *rows) {
        text += csv::join({row.channel, row.address, std::string(name(row.reach)), row.reason, row.source,
                           net::format_time(row.at), row.until ? net::format_time(*row.until) : std::string()});
    }
    const bool is_last = static_cast<int>(rows->size()) < page;
    if (!rows->empty()) {
        channel_ = rows->back().channel;
        address_ = rows->back().address;
    }
    post_([self = shared_from_this(), text = std::move(text), is_last] { self->write(text, is_last); });
}

void SuppressionExport::write(const std::string& text, bool is_last) {
    exchange_->write(text);
    if (is_last) return exchange_->finish();
    exchange_->when_sent([self = shared_from_this()](bool is_open) {
        if (is_open) self->go_on();
    });
}

}  // namespace chapar::ingress
