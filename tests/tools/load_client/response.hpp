#pragma once
// Just enough of an HTTP/1.1 response reader: status, Content-Length or chunked, body pieces. One thread.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace load {

class ResponseReader {
  public:
    using Piece = std::function<void(std::string_view)>;
    /// `body` gets the pieces of the body as they come.
    explicit ResponseReader(Piece body) : body_(std::move(body)) {}
    /// Takes bytes; answers how many it used: fewer than given only when a response has ended before them.
    std::size_t feed(std::string_view bytes);
    bool done() const { return state_ == State::done; }
    bool broken() const { return state_ == State::broken; }
    int status() const { return status_; }
    void next();  // after done()

  private:
    enum class State { head, sized, chunk_size, chunk, chunk_end, trailer, done, broken };
    std::size_t feed_head(std::string_view bytes);
    std::size_t feed_line(std::string_view bytes);
    std::size_t feed_body(std::string_view bytes);
    void read_head();
    Piece body_;
    State state_ = State::head;
    std::string line_;
    std::size_t left_ = 0;
    int status_ = 0;
};

}  // namespace load
