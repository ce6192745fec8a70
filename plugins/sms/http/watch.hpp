#pragma once
// Asks a provider that does not tell by itself what became of messages. What is asked for is in memory: after a restart
// older messages are not asked for. Strand only.

#include <chrono>
#include <list>
#include <string>
#include <unordered_map>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/request.hpp"

namespace chapar::sms::http {

class Watch {
  public:
    Watch(Host host, const Settings& settings) : host_(host), settings_(settings) {}

    void sent(const std::vector<std::string>& ids, const Letter& letter);
    /// A webhook was quicker.
    void told(const std::string& id);
    void stop();

  private:
    using Clock = std::chrono::steady_clock;
    struct Page {
        std::string id;
        Values values;
        bool is_part = false;
        Clock::time_point due, until;
    };
    void arm();
    void tick();
    void ask(Page page);
    void answered(Page page, const TransferResult& result);
    void again(Page page);
    void keep(Page page);
    void drop(std::list<Page>::iterator at);

    Host host_;
    const Settings& settings_;
    std::list<Page> pages_;                                                  // by `due`: all wait equally long
    std::unordered_multimap<std::string, std::list<Page>::iterator> by_id_;  // of pages_
    std::uint64_t timer_ = 0;
    std::size_t asking_ = 0;
    bool is_stopped_ = false;
};

}  // namespace chapar::sms::http
