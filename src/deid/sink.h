#pragma once

// A Writer that writes containers only when something is written into them: what was emptied
// leaves no trace, and jsonb gets no {} and [] that FHIR forbids.

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/tree.h"

namespace clinical::deid {

template <core::Writer W>
class Sink {
public:
    explicit Sink(W &writer) : writer_(writer) { frames_.reserve(32); }

    // Containers get their key when they open; an element of an array has none.  Keys must live
    // until the container is closed.
    void begin_object(std::string_view key = {}) { frames_.push_back({key, true, false}); }
    void begin_array(std::string_view key = {}) { frames_.push_back({key, false, false}); }

    // Closes the innermost container; true when it has been written.
    bool end() {
        const Frame frame = frames_.back();
        frames_.pop_back();
        if (!frame.started) return false;
        if (frame.object) {
            writer_.end_object();
        } else {
            writer_.end_array();
        }
        return true;
    }

    // Whether anything has been written into the innermost container.
    [[nodiscard]] bool started() const { return frames_.back().started; }

    bool string(std::string_view key, std::string_view text) {
        start(key);
        writer_.string(text);
        return true;
    }
    bool number(std::string_view key, std::string_view digits) {
        start(key);
        writer_.number(digits);
        return true;
    }
    bool boolean(std::string_view key, bool value) {
        start(key);
        writer_.boolean(value);
        return true;
    }
    void null() {
        start({});
        writer_.null();
    }

private:
    struct Frame {
        std::string_view key;
        bool object;
        bool started;
    };

    // Opens what is still to be opened, then the key of the value that follows.
    void start(std::string_view key) {
        std::size_t first = frames_.size();
        while (first > 0 && !frames_[first - 1].started) --first;
        for (std::size_t i = first; i < frames_.size(); ++i) {
            Frame &frame = frames_[i];
            if (!frame.key.empty()) writer_.key(frame.key);
            if (frame.object) {
                writer_.begin_object();
            } else {
                writer_.begin_array();
            }
            frame.started = true;
        }
        if (!key.empty()) writer_.key(key);
    }

    W &writer_;
    std::vector<Frame> frames_;
};

}  // namespace clinical::deid
