#pragma once
// Makes of a leased message what its plugin is handed: reads its request, renders its template, decodes its
// attachments. Pure over its inputs; runs on a worker thread.

#include <memory>

#include "base/result.hpp"
#include "config/lines.hpp"
#include "dispatch/digest.hpp"
#include "dispatch/linking.hpp"
#include "model/trace.hpp"
#include "plugin/instance.hpp"
#include "render/catalogue.hpp"
#include "sms_text/plan.hpp"
#include "store/values.hpp"

namespace chapar::dispatch {

struct NotSent {
    model::Reason reason;
    std::string detail;
    Milliseconds wait{0};  // given_back: it is not tried again before
};
/// The wait where what kept a message from going (memory, the disk) may last.
inline constexpr Milliseconds passing_trouble{1'000};

struct SiteDefaults {
    std::string timezone;
    std::string locale;
    std::vector<config::Line> lines = {};    // of the route
    bool is_urgent = false;                  // the class is critical: before all else, in the plugin too
    bool is_automatic = false;               // no advertising: a mail says that a program wrote it (RFC 3834)
    std::vector<std::size_t> left_out = {};  // of the step's copies, by index: the policy keeps them back
    Linking links = {};                      // without a site: nothing is done
};

/// Why a body that does not parse (simdjson's error code) stops its message: it is damaged, or memory is short just
/// now.
NotSent unreadable(int parse_error);

/// Either what leaves, or why this message stops. `digest`: rendered by its template over its data instead.
std::expected<plugin::Outgoing, NotSent> prepare(const store::Queued& queued, int attempt, render::Catalogue& catalogue,
                                                 const SiteDefaults& site, Timestamp now,
                                                 const std::optional<Digest>& digest = std::nullopt);

/// The short links that a step of SMS would have, with codes to choose from; none: nothing of it is to be shortened, or
/// it can't be rendered. The error: codes can't be drawn now.
Result<std::vector<model::DrawnLink>> draw_links(const model::Message& message, int step, render::Catalogue& catalogue,
                                                 const SiteDefaults& site, Timestamp now);

/// Segments of each of the plan's steps, as SMS; what cannot be rendered has one. For rules that count them.
/// `text`: of the route that step `step` takes; the others count as without options.
std::vector<std::int32_t> count_segments(const model::Message& message, render::Catalogue& catalogue,
                                         const SiteDefaults& site, Timestamp now, int step = 0,
                                         const sms::TextOptions& text = {});

}  // namespace chapar::dispatch
