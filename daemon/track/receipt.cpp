#include "track/receipt.hpp"

namespace chapar::track {

std::optional<model::Event> receipt_event(std::string_view kind) {
    if (kind == "delivered") return model::Event::receipt_delivered;
    if (kind == "bounced" || kind == "failed") return model::Event::receipt_failed;
    return std::nullopt;
}

}  // namespace chapar::track
