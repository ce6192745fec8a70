#include "cli/csv_input.hpp"

#include <fmt/format.h>

namespace chapar::cli {
namespace {

constexpr std::size_t piece_size = 1 << 16;

/// All that comes from `from`, in a file without a name.
std::FILE* spool(std::FILE* from) {
    std::FILE* file = std::tmpfile();
    if (file == nullptr) return nullptr;
    std::vector<char> buffer(piece_size);
    while (const auto got = std::fread(buffer.data(), 1, buffer.size(), from))
        if (std::fwrite(buffer.data(), 1, got, file) != got) break;
    if (std::ferror(file) == 0 && std::fseek(file, 0, SEEK_SET) == 0) return file;
    std::fclose(file);
    return nullptr;
}

}  // namespace

std::expected<CsvInput, std::string> CsvInput::open(const std::string& path, const std::string& encoding) {
    CsvInput input;
    input.name_ = path == "-" ? "standard input" : path;
    input.file_.reset(path == "-" ? spool(stdin) : std::fopen(path.c_str(), "rb"));
    // A pipe has a path too, and can be read but once.
    if (input.file_ && !input.rewind()) input.file_.reset(spool(input.file_.get()));
    if (!input.file_) return std::unexpected(path + " can't be opened");
    input.buffer_ = std::make_unique<std::vector<char>>(piece_size);
    if (!encoding.empty()) {
        const auto named = csv::encoding_named(encoding);
        if (!named)
            return std::unexpected(
                fmt::format("--encoding: \"{}\" is not known; say {}", encoding, csv::encoding_names));
        input.encoding_ = *named;
        return input;
    }
    csv::EncodingGuess guess;
    for (auto bytes = input.piece(); !bytes.empty(); bytes = input.piece())
        guess.feed(bytes);
    input.encoding_ = guess.result().value_or(csv::Encoding::utf8);  // the reader says what it is instead
    if (!input.rewind()) return std::unexpected(path + " can't be read twice");
    return input;
}

std::string_view CsvInput::piece() {
    return {buffer_->data(), std::fread(buffer_->data(), 1, buffer_->size(), file_.get())};
}

bool CsvRows::read_on() {
    if (ended_) return false;
    const auto bytes = input_.piece();
    if (bytes.empty() || reader_.is_over()) {
        reader_.finish();
        ended_ = true;
    } else {
        reader_.feed(bytes);
    }
    return true;
}

const csv::Row& CsvRows::header() {
    while (header_.empty() && read_on()) {
    }
    return header_;
}

bool CsvRows::next(csv::Row& row) {
    while (rows_.empty() && read_on()) {
    }
    if (rows_.empty()) return false;
    row = std::move(rows_.front());
    rows_.pop_front();
    return true;
}

}  // namespace chapar::cli
