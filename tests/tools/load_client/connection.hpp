#pragma once
// Two ways to hand messages over: one POST each, or one endless NDJSON POST. Owned by main's loop; one thread.

#include <deque>
#include <memory>
#include <string>

#include "response.hpp"
#include "work.hpp"

namespace load {

class Connection {
  public:
    Connection(Work& work, const std::string& socket_path);
    virtual ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    int fd() const { return fd_; }
    bool wants_write() const { return sent_ < out_.size(); }
    bool ended() const { return ended_; }
    /// Reads what came, writes what fits.
    void ready(bool readable);

  protected:
    virtual void fill() = 0;                        // adds to out_ what may be sent now
    virtual void response_done() = 0;               // reader_ holds a whole response
    virtual void body_piece(std::string_view) = 0;  // of the current response
    virtual std::uint64_t unanswered() const = 0;   // messages lost when the link breaks
    Work& work_;
    ResponseReader reader_;
    std::string out_;
    std::size_t sent_ = 0;
    bool ended_ = false;

  private:
    void read();
    void write();
    void fail();
    int fd_;
};

/// Keeps `depth` POSTs outstanding.
std::unique_ptr<Connection> one_per_request(Work& work, const std::string& socket_path, const std::string& target,
                                            std::size_t depth);
/// One chunked POST of `lines` lines.
std::unique_ptr<Connection> stream(Work& work, const std::string& socket_path, const std::string& target,
                                   std::uint64_t lines);

}  // namespace load
