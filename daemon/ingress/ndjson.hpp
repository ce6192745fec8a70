#pragma once
// A stream of messages, one a line, in constant memory: one answer line for each, in order, each after its own commit.
// Server's thread only.

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "ingress/intake.hpp"
#include "net/http_server.hpp"

namespace chapar::ingress {

class NdjsonSession final : public net::BodySink, public Waiter, public std::enable_shared_from_this<NdjsonSession> {
  public:
    NdjsonSession(std::shared_ptr<net::Exchange> exchange, Intake& intake, const Clock& clock, std::string application,
                  std::uint64_t max_line);

    void data(std::string_view bytes) override;
    void end() override;
    void aborted() override;
    void drained() override;
    bool stalled(Monotonic now, Milliseconds limit) override;

    void accepted(std::uint64_t tag, const Taken& taken) override;
    void refused(std::uint64_t tag, const net::Problem& problem) override;
    void settled() override;

    /// Lines whose answers are not written yet, their bytes, and unread answer bytes: past these we stop reading.
    static constexpr std::size_t max_open = 8192;
    static constexpr std::size_t max_open_bytes = 4 << 20;
    static constexpr std::size_t max_unsent = 1 << 20;
    /// A line of which this much has come is refused while memory is scarce, so that shorter ones have room.
    static constexpr std::size_t short_line = 64 << 10;

  private:
    struct Slot {
        bool done = false;
        std::string text;  // empty for an accepted line: its id says all
        Taken taken;
        std::size_t bytes = 0;  // of the line
    };
    void line(std::string_view text);
    void refuse_line(const net::Problem& problem);  // the one that comes next
    void line_too_long();
    void out_of_room();
    /// Past what may wait here, or past what all may hold: then nothing is read while something of ours waits.
    bool is_full(std::size_t part) const;
    Slot* slot(std::uint64_t tag);
    void write_ready();
    void govern();
    void begin();

    std::shared_ptr<net::Exchange> exchange_;
    Intake& intake_;
    const Clock& clock_;
    const std::string application_;
    const std::uint64_t max_line_;
    std::string partial_;
    bool skipping_ = false;  // inside a line that is too long
    bool begun_ = false, ended_ = false, finished_ = false, paused_ = false;
    std::uint64_t next_line_ = 1;  // of the line that comes next
    std::uint64_t first_tag_ = 0;  // of slots_.front()
    std::deque<Slot> slots_;
    std::size_t open_bytes_ = 0;       // of the lines that slots_ stand for
    std::deque<std::uint64_t> lines_;  // line numbers of the slots
    std::string out_;
    Monotonic partial_since_;  // a line was completed or begun
};

}  // namespace chapar::ingress
