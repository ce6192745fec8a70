#include "csv/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace chapar::csv {
namespace {

constexpr std::size_t head_size = 1 << 16, most_field = 1 << 20, most_row = 1 << 22, most_columns = 2000;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Blanks, no-break ones too, and invisible marks around a name.
std::string trimmed_name(std::string_view text) {
    constexpr std::string_view gone[] = {"\xEF\xBB\xBF", "\xE2\x80\x8E", "\xE2\x80\x8F", "\xC2\xA0",
                                         "\xE2\x80\x8C", "\xE2\x80\xAB", "\xE2\x80\xAC"};
    for (bool again = true; again;) {
        again = false;
        while (!text.empty() && is_blank(text.front()))
            text.remove_prefix(1);
        while (!text.empty() && is_blank(text.back()))
            text.remove_suffix(1);
        for (const auto mark : gone) {
            if (text.starts_with(mark)) text.remove_prefix(mark.size()), again = true;
            if (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
        }
    }
    return std::string(text);
}

/// "sep=;" at the beginning, in quotes or without; its separator and where the next line begins.
std::optional<std::string> separator_line(std::string_view text) {
    const auto end = std::min(text.find_first_of("\r\n"), text.size());
    auto line = text.substr(0, end);
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    if (line.size() < 5) return std::nullopt;
    const bool is_named = (line.substr(0, 4) == "sep=" || line.substr(0, 4) == "SEP=" || line.substr(0, 4) == "Sep=");
    const auto separator = line.substr(4);
    const bool is_one = separator.size() == 1 || separator == "؛" || separator == "،";
    if (!is_named || !is_one || separator == "\"") return std::nullopt;
    return std::string(separator);
}

bool is_formula(std::string_view text) {
    if (text.size() < 2 || text.front() != '=') return false;
    return text.find_first_of("(\"!+*/:&") != std::string_view::npos || (text[1] >= 'A' && text[1] <= 'Z');
}

/// As `="0912"`, by which spreadsheets keep the zero.
std::optional<std::string> formula_text(std::string_view text) {
    if (text.size() < 3 || !text.starts_with("=\"") || !text.ends_with('"')) return std::nullopt;
    const auto inner = text.substr(2, text.size() - 3);
    return inner.find('"') == std::string_view::npos ? std::optional(std::string(inner)) : std::nullopt;
}

}  // namespace

void Reader::fatal(CsvTrouble kind, CsvPlace at, std::string sentence) {
    if (over_) return;
    over_ = true;
    sink_.problem({kind, at, std::move(sentence), true});
}

void Reader::row_problem(CsvTrouble kind, CsvPlace at, std::string sentence) {
    if (row_is_bad_) return;  // the first tells most
    row_is_bad_ = true;
    sink_.problem({kind, at, std::move(sentence), false});
}

/// Where lines stand for themselves.
void Reader::skip_line(CsvTrouble kind, CsvPlace at, std::string sentence) {
    row_problem(kind, at, std::move(sentence));
    at_ = At::skipping;
}

void Reader::end_line(char c) {
    end_row();
    if (c == '\r') at_ = At::after_return;
}

void Reader::feed(std::string_view bytes) {
    if (over_) return;
    if (begun_) return decode(bytes);
    head_ += bytes;
    if (head_.size() >= head_size) begin(false);
}

void Reader::begin(bool is_whole) {
    begun_ = true;
    if (const auto foreign = foreign_kind(head_); !foreign.empty())
        return fatal(CsvTrouble::not_csv, {},
                     fmt::format("this is {}, not CSV: open it and save it as «CSV UTF-8»", foreign));
    EncodingGuess guess;
    std::string_view seen = head_;
    if (!is_whole) {  // not cut within a character
        const auto end = seen.find_last_of('\n');
        if (end != std::string_view::npos && end > 0) seen = seen.substr(0, end & ~std::size_t{1});
    }
    guess.feed(seen);
    const auto encoding = wanted_ ? wanted_ : guess.result();
    if (!encoding) return fatal(CsvTrouble::not_csv, {}, "this is no text: CSV is expected");
    dialect_.encoding = *encoding;
    if (const auto mark = byte_order_mark(head_)) {
        dialect_.has_mark = true;
        if (*encoding == Encoding::utf16le && mark->encoding == Encoding::utf16be) dialect_.encoding = mark->encoding;
    }
    if (dialect_.encoding == Encoding::windows1256)
        dialect_.is_persian = head_.find_first_of("\x81\x8D\x8E\x90\x98") != std::string::npos;
    decoder_.emplace(dialect_.encoding);
    std::string text;
    const bool good = decoder_->feed(head_, text);
    const auto head = std::exchange(head_, {});
    if (const auto separator = separator_line(text)) {
        dialect_.separator = *separator;
        dialect_.has_separator_line = skips_line_ = true;
    } else {
        dialect_.separator = separator_of(text);
    }
    if (most_line_ > 0) {
        decoder_.emplace(dialect_.encoding);
        return decode(head);
    }
    parse(text);
    if (!good) decode({});
}

void Reader::decode(std::string_view bytes) {
    const bool is_wide = dialect_.encoding == Encoding::utf16le || dialect_.encoding == Encoding::utf16be;
    if (most_line_ > 0 && !is_wide) return decode_lines(bytes);
    std::string text;
    const bool good = decoder_->feed(bytes, text);
    parse(text);
    if (good || over_) return;
    fatal(CsvTrouble::encoding, {line_, column_},
          fmt::format("these bytes are no {}: save the file as «CSV UTF-8», or say --encoding ({})",
                      name(dialect_.encoding), encoding_names));
}

/// Bytes that mean nothing cost their line alone.
void Reader::decode_lines(std::string_view bytes) {
    while (!bytes.empty() && !over_) {
        const auto piece = bytes.substr(0, std::min(bytes.find('\n'), bytes.size() - 1) + 1);
        bytes.remove_prefix(piece.size());
        std::string text;
        const bool good = decoder_->feed(piece, text);
        parse(text);
        if (good || over_) continue;
        skip_line(CsvTrouble::encoding, {line_, column_},
                  fmt::format("these bytes are no {}", name(dialect_.encoding)));
        decoder_.emplace(dialect_.encoding);
        if (piece.ends_with('\n')) parse("\n");
    }
}

void Reader::parse(std::string_view text) {
    for (const char c : text) {
        if (over_) return;
        if (c == '\0' && most_line_ > 0)
            skip_line(CsvTrouble::not_csv, {line_, column_}, "a NUL: this is no text");
        else if (c == '\0')
            return fatal(CsvTrouble::not_csv, {line_, column_}, "a NUL: this is no text, or UTF-16 without a mark");
        step(c);
        advance(c);
    }
}

void Reader::advance(char c) {
    if (c == '\n') {
        ++line_;
        column_ = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) {
        ++column_;
    }
}

void Reader::start_field() {
    cell_ = Cell{{}, {line_, column_}, false};
    at_ = At::plain;
    is_formula_text_ = field_is_bad_ = false;
}

void Reader::end_field() {
    if (half_separator_) cell_.text += dialect_.separator.front();
    half_separator_ = false;
    if (!cell_.is_quoted || is_formula_text_) {
        check_formula(cell_);
    } else if (auto inner = formula_text(cell_.text)) {
        cell_.text = std::move(*inner);
    }
    if (row_.size() >= most_columns) return too_long();
    row_.push_back(std::move(cell_));
    cell_ = {};
    at_ = At::field_start;
}

void Reader::check_formula(Cell& cell) {
    if (is_formula_text_ || field_is_bad_ || !is_formula(cell.text)) return;
    row_problem(
        CsvTrouble::formula, cell.at,
        fmt::format("a formula in place of its value: {}…; in the spreadsheet, copy the column and paste it as values",
                    cell.text.substr(0, std::min(cell.text.find_first_of(" \n"), std::size_t{24}))));
}

void Reader::too_long() {
    if (most_line_ > 0)
        return skip_line(CsvTrouble::too_large, {line_, 1},
                         fmt::format("a line has at most {} bytes and {} columns", most_line_, most_columns));
    const bool open = at_ == At::quoted || at_ == At::quote_in_quoted;
    fatal(open ? CsvTrouble::quote : CsvTrouble::too_large, cell_.at,
          open ? "this quote is never closed"
               : fmt::format("a row has at most {} bytes and {} columns", most_row, most_columns));
}

/// Is `c` the end of the field, or the first half of it?
bool Reader::ends_field(char c) {
    const auto& separator = dialect_.separator;
    if (separator.size() == 1) return c == separator.front();
    if (half_separator_) {
        half_separator_ = false;
        if (c == separator[1]) return true;
        cell_.text += separator.front();
    }
    return false;
}

void Reader::step(char c) {
    if (at_ == At::after_return) {
        at_ = At::field_start;
        if (c == '\n') return;
        ++line_;  // a lone return ends a line too
        column_ = 1;
    }
    if (skips_line_) {
        if (c == '\n' || c == '\r') skips_line_ = false;
        if (c == '\r') at_ = At::after_return;
        return;
    }
    const bool ends_line = c == '\n' || c == '\r';
    if (at_ == At::skipping) return ends_line ? end_line(c) : void();
    if (at_ == At::field_start) {
        start_field();
        if (c == '"') {
            cell_.is_quoted = true;
            at_ = At::quoted;
            return;
        }
    }
    if (most_line_ > 0 && !ends_line && row_bytes_ >= most_line_) return too_long();
    if (++row_bytes_ > most_row || cell_.text.size() > most_field) return too_long();
    if (at_ == At::plain) return in_plain(c);
    if (at_ == At::quoted) {
        if (c == '"') {
            at_ = At::quote_in_quoted;
        } else if (most_line_ > 0 && ends_line) {
            row_problem(CsvTrouble::quote, cell_.at, "a quote is not closed on its line");
            end_line(c);
        } else {
            cell_.text += c;
        }
        return;
    }
    after_quote(c);
}

/// True: `c` ended the field, or the line with it, or may be the first half of a separator.
bool Reader::takes_end(char c) {
    if (ends_field(c)) {
        end_field();
        return true;
    }
    if (dialect_.separator.size() > 1 && c == dialect_.separator.front()) {
        half_separator_ = true;
        return true;
    }
    if (c != '\n' && c != '\r') return false;
    end_field();
    end_line(c);
    return true;
}

void Reader::in_plain(char c) {
    if (takes_end(c)) return;
    if (c == '"' && !field_is_bad_) {
        if (cell_.text == "=" && !cell_.is_quoted) {  // ="0912"
            cell_.text.clear();
            is_formula_text_ = true;
            at_ = At::quoted;
            return;
        }
        field_is_bad_ = true;
        if (is_formula(cell_.text) || cell_.text.starts_with('=')) {
            row_problem(
                CsvTrouble::formula, cell_.at,
                fmt::format(
                    "a formula in place of its value: {}…; in the spreadsheet, copy the column and paste it as values",
                    cell_.text.substr(0, 24)));
        } else {
            row_problem(CsvTrouble::quote, {line_, column_},
                        "a quote inside of a field: put the field in quotes and write two");
        }
    }
    cell_.text += c;
}

void Reader::after_quote(char c) {
    if (c == '"' && !half_separator_) {
        cell_.text += '"';
        at_ = At::quoted;
        return;
    }
    if (takes_end(c)) return;
    if (c == ' ') return;
    if (!field_is_bad_)
        row_problem(is_formula_text_ ? CsvTrouble::formula : CsvTrouble::quote, {line_, column_},
                    is_formula_text_
                        ? "a formula in place of its value: in the spreadsheet, copy the column and paste it as values"
                        : "after the closing quote a separator or the end of the row is expected");
    field_is_bad_ = true;
    at_ = At::plain;
    cell_.text += c;
}

void Reader::end_row() {
    finish_row();
    row_.clear();
    row_bytes_ = 0;
    row_is_bad_ = half_separator_ = false;
    at_ = At::field_start;
}

void Reader::finish_row() {
    const bool is_blank_row =
        std::ranges::all_of(row_, [](const Cell& cell) { return cell.text.empty() && !cell.is_quoted; });
    if (is_blank_row && !row_is_bad_) return;
    if (!header_) {
        if (row_is_bad_) over_ = true;  // without names no row can be read
        return row_is_bad_ ? void() : take_header();
    }
    if (row_is_bad_) return;
    const auto wanted = columns_;
    while (row_.size() > wanted && row_.back().text.empty())
        row_.pop_back();
    if (row_.size() > wanted)
        return row_problem(
            CsvTrouble::width, row_[wanted].at,
            fmt::format("{} fields, but the header names {}: a field with a separator in it stands in quotes",
                        row_.size(), wanted));
    if (row_.size() < wanted)
        return row_problem(CsvTrouble::width, row_.front().at,
                           fmt::format("{} fields, but the header names {}", row_.size(), wanted));
    if (dialect_.is_persian) {
        for (auto& cell : row_)
            cell.text = persian_letters(cell.text);
    }
    sink_.row(row_);
}

void Reader::take_header() {
    for (auto& cell : row_)
        cell.text = trimmed_name(dialect_.is_persian ? persian_letters(cell.text) : cell.text);
    while (row_.size() > 1 && row_.back().text.empty())
        row_.pop_back();
    columns_ = row_.size();
    for (std::size_t i = 0; i < row_.size(); ++i) {
        if (row_[i].text.empty())
            return fatal(CsvTrouble::header, row_[i].at, fmt::format("column {} has no name", i + 1));
    }
    header_ = row_;
    sink_.header(row_);
}

void Reader::finish() {
    if (over_) return;
    if (!begun_) begin(true);
    if (over_) return;
    if (!decoder_->finish() && most_line_ > 0)
        skip_line(CsvTrouble::encoding, {line_, column_},
                  fmt::format("the file ends within a character of {}", name(dialect_.encoding)));
    else if (!decoder_->finish())
        return fatal(CsvTrouble::encoding, {line_, column_},
                     fmt::format("the file ends within a character of {}", name(dialect_.encoding)));
    if (at_ == At::quoted && most_line_ > 0)
        skip_line(CsvTrouble::quote, cell_.at, "a quote is not closed on its line");
    else if (at_ == At::quoted)
        return fatal(CsvTrouble::quote, cell_.at, "this quote is never closed");
    if (at_ == At::skipping) end_row();
    // A separator at the very end has an empty field after it.
    if (at_ == At::field_start && !row_.empty()) start_field();
    if (at_ == At::plain || at_ == At::quote_in_quoted) {
        end_field();
        end_row();
    }
    const bool had_problem = over_;  // in the header
    over_ = true;
    if (!header_ && !had_problem)
        sink_.problem({CsvTrouble::empty, {1, 1}, "the file is empty; its first row must name the columns", true});
}

}  // namespace chapar::csv
