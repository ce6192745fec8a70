#include "journal.hpp"

#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sink {
namespace {

double seconds(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string number(double value) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.6f", value);
    return text.data();
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
    std::string out;
    for (auto byte : digest) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

/// "token-" and 32 hex digits; quoted-printable soft line breaks are looked through.
std::string find_token(std::string_view bytes) {
    std::string flat;
    if (bytes.find("=\r\n") != std::string_view::npos) {
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (bytes.substr(i, 3) == "=\r\n")
                i += 2;
            else
                flat += bytes[i];
        }
        bytes = flat;
    }
    for (auto at = bytes.find("token-"); at != std::string_view::npos; at = bytes.find("token-", at + 1)) {
        auto digits = bytes.substr(at + 6, 32);
        if (digits.size() == 32 && digits.find_first_not_of("0123456789abcdef") == std::string_view::npos) {
            return std::string(digits);
        }
    }
    return {};
}

std::string find_message_id(std::string_view bytes) {
    auto head = bytes.substr(0, bytes.find("\r\n\r\n"));
    std::string lower(head);
    for (auto& c : lower)
        c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    auto at = lower.starts_with("message-id:") ? 0 : lower.find("\nmessage-id:");
    if (at == std::string::npos) return {};
    auto open = head.find('<', at);
    auto close = head.find('>', at);
    if (open == std::string_view::npos || close == std::string_view::npos || close < open) return {};
    return std::string(head.substr(open, close - open + 1));
}

void field(std::string& out, std::string_view key, std::string_view value) {
    out += ",\"";
    out += key;
    out += "\":";
    append_json(out, value);
}

std::string head(std::string_view event) {
    std::string out = "{\"event\":\"";
    out += event;
    out += "\",\"mono\":" + number(monotonic_now()) + ",\"wall\":" + number(wall_now());
    return out;
}

}  // namespace

double monotonic_now() { return seconds(CLOCK_MONOTONIC); }
double wall_now() { return seconds(CLOCK_REALTIME); }

void append_json(std::string& out, std::string_view text) {
    out += '"';
    for (char c : text) {
        auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (byte < 0x20 || byte >= 0x7f) {  // other bytes as Latin-1: the log stays valid whatever came
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
            out += escape.data();
        } else {
            out += c;
        }
    }
    out += '"';
}

Journal::Journal(const std::string& log_path, std::string dump_dir, bool quiet)
    : dump_dir_(std::move(dump_dir)), quiet_(quiet) {
    if (log_path.empty()) return;
    file_ = open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (file_ < 0) {
        std::perror(log_path.c_str());
        std::exit(1);
    }
}

Journal::~Journal() {
    if (file_ >= 0) close(file_);
}

void Journal::put(std::string line) {
    if (file_ < 0) return;
    line += "}\n";
    if (write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
        std::perror("the sink's log");
        std::exit(1);  // an oracle that forgets is worse than none
    }
}

void Journal::count(std::size_t bytes, bool accepted) {
    auto now = monotonic_now();
    if (totals_.messages++ == 0) totals_.first = now;
    totals_.last = now;
    totals_.bytes += bytes;
    if (accepted) ++totals_.accepted;
}

void Journal::message(const Received& received, std::string_view verdict, std::string_view how, bool written) {
    auto out = head("message");
    out += ",\"seq\":" + std::to_string(received.seq) + ",\"connection\":" + std::to_string(received.connection);
    field(out, "mail_from", received.mail_from);
    out += ",\"rcpts\":[";
    for (std::size_t i = 0; i < received.rcpts.size(); ++i) {
        if (i) out += ',';
        append_json(out, received.rcpts[i]);
    }
    out += "],\"size\":" + std::to_string(received.bytes.size());
    field(out, "sha256", sha256_hex(received.bytes));
    field(out, "message_id", find_message_id(received.bytes));
    field(out, "token", find_token(received.bytes));
    out += ",\"bare_cr\":" + std::to_string(received.bare_cr) + ",\"bare_lf\":" + std::to_string(received.bare_lf);
    out += std::string(",\"complete\":") + (received.complete ? "true" : "false");
    out += std::string(",\"tls\":") + (received.tls ? "true" : "false");
    field(out, "auth", received.auth);
    field(out, "verdict", verdict);
    auto code = verdict.size() >= 3 && verdict[0] >= '0' && verdict[0] <= '9' ? verdict.substr(0, 3) : "0";
    out += ",\"code\":" + std::string(code);
    field(out, "how", how);
    out += std::string(",\"written\":") + (written ? "true" : "false");
    dump(received);
    put(std::move(out));
}

/// Before the log names it: who reads the log finds it whole.
void Journal::dump(const Received& received) const {
    if (dump_dir_.empty()) return;
    auto path = dump_dir_ + "/" + std::to_string(received.seq) + ".eml";
    if (auto* file = std::fopen(path.c_str(), "wb")) {
        std::fwrite(received.bytes.data(), 1, received.bytes.size(), file);
        std::fclose(file);
    }
}

void Journal::peer_went_on(std::uint64_t seq, std::string_view how, int unacknowledged) {
    auto out = head("peer");
    out += ",\"seq\":" + std::to_string(seq);
    field(out, "how", how);
    out += ",\"unacknowledged\":" + std::to_string(unacknowledged);
    put(std::move(out));
}

void Journal::event(std::uint64_t connection, std::string_view verb, std::string_view how, std::string_view address,
                    std::string_view reply) {
    if (file_ < 0) return;
    auto out = head("step");
    out += ",\"connection\":" + std::to_string(connection);
    field(out, "verb", verb);
    field(out, "how", how);
    field(out, "address", address);
    field(out, "reply", reply.substr(0, 200));
    put(std::move(out));
}

std::string Journal::totals_json() const {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    auto cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    return "{\"connections\":" + std::to_string(totals_.connections) +
           ",\"messages\":" + std::to_string(totals_.messages) + ",\"accepted\":" + std::to_string(totals_.accepted) +
           ",\"bytes\":" + std::to_string(totals_.bytes) + ",\"first\":" + number(totals_.first) +
           ",\"last\":" + number(totals_.last) + ",\"cpu\":" + number(cpu) + "}";
}

}  // namespace sink
