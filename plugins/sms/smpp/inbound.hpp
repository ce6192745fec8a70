#pragma once
// Messages that people send us (MO): text by data_coding, parts put together within bounds, and words that unsubscribe.
// Pure: time is a parameter. One thread.

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms/pdu/pdu.hpp"
#include "sms/smpp/book.hpp"
#include "sms_text/plan.hpp"
#include "sms_text/words.hpp"

namespace chapar::sms {

/// One whole message from a person.
struct Mo {
    std::string from, to, text;  // digits; digits or name; UTF-8
    std::vector<Ack> acks;       // of the parts that made it
    bool complete = true;        // false: parts never came
    std::string reference;       // tells repeats of a long message from others; empty for a short one
};

class Inbound {
  public:
    using Time = std::chrono::steady_clock::time_point;
    /// `alphabet`: the SMSC's default, which data_coding 0 stands for.
    explicit Inbound(const std::vector<std::string>& stop_words, Encoding alphabet = Encoding::gsm7)
        : stop_words_(stop_words), alphabet_(alphabet) {}

    /// nullopt: a part whose others have not come yet; its Ack is kept.
    std::optional<Mo> take(const smpp::Short& pdu, Ack ack, Time now);
    /// Answers that parts have waited for long enough: an SMSC may send the next part only then. What is gathered is in
    /// memory alone from there on.
    std::vector<Ack> due_acks(Time now);
    /// Messages whose missing parts are not waited for any longer.
    std::vector<Mo> overdue(Time now);
    Hearing hear(std::string_view text) const { return stop_words_.hear(text); }
    std::size_t gathering() const { return gathering_.size(); }

  private:
    struct Part {
        std::string octets;  // decoded when all are there: a character may stand in two parts
        Encoding encoding = Encoding::gsm7;
        Tables tables;
        bool is_alike(const Part& other) const;
    };
    struct Gathering {
        std::vector<std::optional<Part>> parts;
        std::vector<Ack> acks;
        std::string from, to;
        Time until{}, ack_by{};
        std::size_t taken = 0;
    };
    static Mo together(const std::string& key, Gathering gathering);

    StopWords stop_words_;
    Encoding alphabet_;
    std::map<std::string, Gathering> gathering_;
    std::deque<std::string> order_;
};

}  // namespace chapar::sms
