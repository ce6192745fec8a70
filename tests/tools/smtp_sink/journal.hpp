#pragma once
// What the sink saw and said: one JSON line per event, written at once with O_APPEND, so a reader never waits for a
// buffer. In quiet mode only counts are kept. One thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sink {

double monotonic_now();
double wall_now();

/// One message as far as it came.
struct Received {
    std::uint64_t seq = 0;
    std::uint64_t connection = 0;
    std::string mail_from;
    std::vector<std::string> rcpts;  // those that were accepted
    std::string bytes;               // unstuffed, without the final dot
    std::uint64_t bare_cr = 0, bare_lf = 0;
    bool complete = false;  // the dot came
    bool tls = false;
    std::string auth;
};

struct Totals {
    std::uint64_t connections = 0, messages = 0, bytes = 0, accepted = 0;
    double first = 0, last = 0;
};

class Journal {
  public:
    /// Empty paths: no log, no dumps.
    Journal(const std::string& log_path, std::string dump_dir, bool quiet);
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// `verdict` is the reply as given, empty when none was; `written`: the kernel took all of it.
    void message(const Received& received, std::string_view verdict, std::string_view how, bool written);
    /// What the peer did after the verdict of message `seq`: "command", "quit", "eof", "reset".
    void peer_went_on(std::uint64_t seq, std::string_view how, int unacknowledged);
    /// Anything else worth knowing: a refusal, a drop, a connection.
    void event(std::uint64_t connection, std::string_view verb, std::string_view how, std::string_view address,
               std::string_view reply);
    void connected() { ++totals_.connections; }
    void count(std::size_t bytes, bool accepted);
    bool quiet() const { return quiet_; }
    const Totals& totals() const { return totals_; }
    std::string totals_json() const;

  private:
    void dump(const Received& received) const;
    void put(std::string line);
    int file_ = -1;
    std::string dump_dir_;
    bool quiet_;
    Totals totals_;
};

void append_json(std::string& out, std::string_view text);

}  // namespace sink
