#include "dispatch/linking.hpp"

#include <algorithm>
#include <utility>

#include "address/key.hpp"
#include "email_rules/clean.hpp"
#include "engage/mail_links.hpp"
#include "engage/one_click.hpp"

namespace chapar::dispatch {
namespace {

using engage::Tracking;

const std::vector<std::string> no_hosts;

std::string* part_of(plugin::Outgoing& out, std::string_view name) {
    const auto found = std::ranges::find(out.content, name, &std::pair<std::string, std::string>::first);
    return found == out.content.end() ? nullptr : &found->second;
}

config::Requires requires_of(const config::Settings& settings, const std::string& class_name) {
    const auto found = settings.classes.find(class_name);
    return found == settings.classes.end() ? config::ClassSettings{}.requires_ : found->second.requires_;
}

}  // namespace

engage::TrackingQuestion tracking_question(const config::Settings& settings, const model::Message& message, int step) {
    auto out = engage::tracking_question(settings, message.class_name, message.application);
    out.has_copies = !message.plan[static_cast<std::size_t>(step)].copies.empty();
    return out;
}

Linking linking_for(const config::Settings& settings, std::shared_ptr<const engage::SiteLinks> site,
                    const model::Message& message, int step, Tracking tracking) {
    Linking out;
    if (site == nullptr) return out;
    out.site = std::move(site);
    out.tracking = tracking;
    const auto& plan = message.plan[static_cast<std::size_t>(step)];
    // What goes to others as well would put the person's way out into their hands.
    out.invites_to_unsubscribe =
        requires_of(settings, message.class_name) != config::Requires::none && plan.copies.empty();
    const auto channel = std::ranges::find(settings.channels, "sms", &config::ChannelSettings::name);
    out.shortens = channel != settings.channels.end() && channel->short_links;
    return out;
}

MessageLinks::MessageLinks(const Linking& how, const model::Message& message, const model::PlanStep& step,
                           std::string_view category, int attempt, Timestamp now)
    : how_(how), message_(message), step_(step), category_(category), attempt_(attempt), now_(now) {
    if (how_.site == nullptr || step_.channel != "sms" || how_.site->short_url().empty()) return;
    if (how_.codes)
        sms_.emplace(*how_.site, message_.campaign, *how_.codes);
    else
        sms_.emplace(*how_.site, message_.campaign);
    shorten_ = [this](std::string_view address) { return sms_->shorten(address); };
}

engage::PersonSeal MessageLinks::person() const {
    return {.application = message_.application,
            .person = message_.recipient.empty() ? address::key(step_.address) : message_.recipient,
            .channel = step_.channel,
            .topic = category_.empty() ? message_.class_name : category_,
            .message = message_.id.key()};
}

void MessageLinks::offer(render::Input& input, const render::Template& program) {
    if (how_.site == nullptr) return;
    if (how_.site->of(program)->may_shorten) {
        unsubscribe_ = how_.site->unsubscribe_address(person());
        preferences_ = how_.site->preferences_address(person());
        if (sms_) {
            unsubscribe_ = sms_->shorten(unsubscribe_);
            preferences_ = sms_->shorten(preferences_);
            input.shorten = &shorten_;
        }
    }
    input.unsubscribe_url = unsubscribe_;
    input.preferences_url = preferences_;
}

void MessageLinks::finish(plugin::Outgoing& out, const render::Template* program) {
    if (how_.site == nullptr) return;
    const auto known = program != nullptr ? how_.site->of(*program) : nullptr;
    const auto& hosts = known != nullptr ? known->hosts : no_hosts;
    if (step_.channel == "email") {
        add_unsubscribe(out);
        finish_mail(out, hosts);
    }
    if (!sms_) return;
    if (how_.rewritten != nullptr && how_.codes) *how_.rewritten += how_.codes->size();
    const auto own = program != nullptr ? program->short_links(step_.channel, step_.locale) : std::nullopt;
    auto* text = part_of(out, "text");
    if (text != nullptr && own.value_or(how_.shortens)) *text = sms_->shorten_all(*text, hosts);
}

/// The application's own stays; ours gets the mailbox beside it, and stands where the class says so.
void MessageLinks::add_unsubscribe(plugin::Outgoing& out) {
    auto* given = part_of(out, "list_unsubscribe");
    const bool is_given = given != nullptr && !given->empty();
    if (is_given && *given != unsubscribe_) return;
    if (!is_given && !how_.invites_to_unsubscribe) return;
    if (unsubscribe_.empty()) unsubscribe_ = how_.site->unsubscribe_address(person());
    const AttemptId attempt{message_.id, attempt_};
    const auto headers = engage::unsubscribe_headers(unsubscribe_, how_.site->unsubscribe_mailbox(attempt.text()));
    if (headers.empty()) return;
    if (given == nullptr)
        out.content.emplace_back("list_unsubscribe", headers.front().second);
    else
        *given = headers.front().second;
}

void MessageLinks::finish_mail(plugin::Outgoing& out, std::span<const std::string> hosts) {
    const auto* own = part_of(out, "list_unsubscribe");
    const engage::MailLinks how{.site = *how_.site,
                                .tracking = how_.tracking,
                                .message = message_.id.key(),
                                .now = now_,
                                .campaign = message_.campaign,
                                .literal_hosts = hosts,
                                .list_unsubscribe = own != nullptr ? std::string_view(*own) : std::string_view()};
    std::string none;
    auto* html = part_of(out, "html");
    auto* text = part_of(out, "text");
    const auto rewritten = engage::rewrite_mail(how, html != nullptr ? *html : none, text != nullptr ? *text : none);
    if (how_.rewritten != nullptr) *how_.rewritten += rewritten;
}

std::vector<model::DrawnLink> MessageLinks::drawn_in(std::string_view text) const {
    return sms_ ? sms_->found_in(text) : std::vector<model::DrawnLink>{};
}

}  // namespace chapar::dispatch
