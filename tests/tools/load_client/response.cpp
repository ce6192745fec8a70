#include "response.hpp"

#include <strings.h>

#include <algorithm>
#include <cstdlib>

namespace load {
namespace {

/// The value of `name` in a header block, or empty.
std::string_view header(std::string_view head, std::string_view name) {
    for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
        auto line = head.substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        if (line.size() > name.size() && line[name.size()] == ':' &&
            strncasecmp(line.data(), name.data(), name.size()) == 0) {
            line.remove_prefix(name.size() + 1);
            line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
            return line;
        }
    }
    return {};
}

}  // namespace

void ResponseReader::next() {
    state_ = State::head;
    line_.clear();
}

void ResponseReader::read_head() {
    if (line_.size() < 12 || !line_.starts_with("HTTP/1.1 ")) {
        state_ = State::broken;
        return;
    }
    status_ = std::atoi(line_.c_str() + 9);
    if (status_ == 100) {
        line_.clear();
        return;
    }
    if (header(line_, "Transfer-Encoding") == "chunked") {
        state_ = State::chunk_size;
    } else {
        left_ = static_cast<std::size_t>(std::atoll(std::string(header(line_, "Content-Length")).c_str()));
        state_ = left_ > 0 ? State::sized : State::done;
    }
    line_.clear();
}

std::size_t ResponseReader::feed_head(std::string_view bytes) {
    auto before = line_.size();
    line_ += bytes;
    auto end = line_.find("\r\n\r\n", before > 3 ? before - 3 : 0);
    if (end == std::string::npos) {
        if (line_.size() > 65536) state_ = State::broken;
        return bytes.size();
    }
    auto used = end + 4 - before;
    line_.resize(end + 2);
    read_head();
    return used;
}

std::size_t ResponseReader::feed_line(std::string_view bytes) {
    auto end = bytes.find('\n');
    auto used = end == std::string_view::npos ? bytes.size() : end + 1;
    line_ += bytes.substr(0, used);
    if (end == std::string_view::npos) return used;
    if (state_ == State::chunk_size) {
        left_ = std::strtoull(line_.c_str(), nullptr, 16);
        state_ = left_ > 0 ? State::chunk : State::trailer;
    } else if (state_ == State::chunk_end) {
        state_ = State::chunk_size;
    } else if (line_ == "\r\n") {
        state_ = State::done;
    }
    line_.clear();
    return used;
}

std::size_t ResponseReader::feed_body(std::string_view bytes) {
    auto piece = bytes.substr(0, left_);
    body_(piece);
    left_ -= piece.size();
    if (left_ == 0) state_ = state_ == State::sized ? State::done : State::chunk_end;
    return piece.size();
}

std::size_t ResponseReader::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !done() && !broken()) {
        auto rest = bytes.substr(used);
        switch (state_) {
            case State::head:
                used += feed_head(rest);
                break;
            case State::sized:
            case State::chunk:
                used += feed_body(rest);
                break;
            case State::chunk_size:
            case State::chunk_end:
            case State::trailer:
                used += feed_line(rest);
                break;
            case State::done:
            case State::broken:
                break;
        }
    }
    return used;
}

}  // namespace load
