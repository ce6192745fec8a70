#include "model/hit.hpp"

namespace chapar::model {

std::string_view name(Engaged kind) {
    switch (kind) {
        case Engaged::opened:
            return "opened";
        case Engaged::clicked:
            return "clicked";
    }
    return "";
}

std::string_view name(HitBy by) {
    switch (by) {
        case HitBy::human:
            return "human";
        case HitBy::unknown:
            return "unknown";
        case HitBy::machine:
            return "machine";
    }
    return "";
}

}  // namespace chapar::model
