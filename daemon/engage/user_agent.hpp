#pragma once
// What kind of program a User-Agent names. Only the family is kept, never the text. Immutable once made; lookups from
// any thread.

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

namespace chapar::engage {

/// Kept with each hit: a number means the same for ever.
enum class AgentFamily : std::uint8_t {
    unknown = 0,
    absent = 1,              // no User-Agent, or an empty one
    crawler = 2,             // on the list of crawler-user-agents
    bare_mozilla = 3,        // exactly "Mozilla/5.0": Apple's Mail Privacy Protection
    google_image_proxy = 4,  // Gmail, when the mail is shown
    yahoo_mail_proxy = 5,
    chromium = 6,      // 80 or newer: it says of each request where it comes from (Sec-Fetch-*)
    old_chromium = 7,  // before 80
    firefox = 8,
    safari = 9,
    apple_webkit = 10,  // Apple Mail, and the view inside of an iOS application
    outlook = 11,       // the program for Windows
    thunderbird = 12,
};
std::string_view name(AgentFamily family);  // "google_image_proxy"

class UserAgents {
  public:
    UserAgents();
    AgentFamily family(std::string_view agent) const;
    /// On the list of crawlers, whatever else it is.
    bool is_crawler(std::string_view agent) const;
    static std::size_t rows();

  private:
    struct Start {
        std::uint32_t letters;  // the first three of a row's first text
        std::uint16_t row;
    };
    std::vector<Start> starts_;  // ascending
    std::bitset<65536> seen_;    // most places of an agent begin no row
};

}  // namespace chapar::engage
