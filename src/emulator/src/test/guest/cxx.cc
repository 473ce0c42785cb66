// The synchronisation of C++20: atomic wait, latch, barrier, semaphores, condition variables, futures.
#include <atomic>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <future>
#include <latch>
#include <mutex>
#include <semaphore>
#include <shared_mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "check.h"

using namespace std::chrono_literals;

static void atomics() {
    std::atomic<int> turn{0};
    auto play = [&](int me) {
        for (int i = 0; i < 200; i++) {
            turn.wait(1 - me);
            turn = 1 - me;
            turn.notify_one();
        }
    };
    std::jthread other(play, 1);
    play(0);
    other.join();

    std::atomic<char> narrow{0};
    std::jthread waiter([&] { narrow.wait(0); });
    narrow = 1;
    narrow.notify_all();
}

static void latches() {
    std::latch start(4);
    std::atomic<int> count{0};
    std::vector<std::jthread> threads;
    int phases = 0;
    std::barrier barrier(4, [&]() noexcept { phases++; });
    for (int i = 0; i < 4; i++) {
        threads.emplace_back([&] {
            start.arrive_and_wait();
            for (int round = 0; round < 25; round++) {
                count++;
                barrier.arrive_and_wait();
                CHECK(count >= 4 * (round + 1));
                barrier.arrive_and_wait();
            }
        });
    }
    threads.clear();
    CHECK_EQ(phases, 50);
    CHECK_EQ(count.load(), 100);
}

static void semaphores() {
    std::counting_semaphore<10> items(0);
    std::binary_semaphore done(0);
    std::jthread consumer([&] {
        for (int i = 0; i < 200; i++) {
            items.acquire();
        }
        done.release();
    });
    for (int i = 0; i < 200; i++) {
        items.release();
    }
    done.acquire();
    CHECK(!items.try_acquire());
    CHECK(!items.try_acquire_for(5ms));
}

static void conditions() {
    std::mutex mutex;
    std::condition_variable_any any;
    std::condition_variable condition;
    bool ready = false;
    std::jthread stopped([&](std::stop_token token) {
        std::unique_lock lock(mutex);
        CHECK(!any.wait(lock, token, [] { return false; }));
    });
    std::jthread waiter([&] {
        std::unique_lock lock(mutex);
        condition.wait(lock, [&] { return ready; });
    });
    stopped.request_stop();
    {
        std::unique_lock lock(mutex);
        ready = true;
        condition.notify_all();
        bool never = false;
        CHECK(!condition.wait_for(lock, 5ms, [&] { return never; }));
    }
    std::shared_timed_mutex shared;
    shared.lock_shared();
    std::thread([&] { CHECK(!shared.try_lock_for(2ms) && shared.try_lock_shared()); shared.unlock_shared(); }).join();
    shared.unlock_shared();
}

static void futures() {
    std::promise<int> promise;
    auto answer = std::async(std::launch::async, [f = promise.get_future()]() mutable { return f.get() + 1; });
    promise.set_value(41);
    CHECK_EQ(answer.get(), 42);
    auto failing = std::async(std::launch::async, []() -> int { throw 7; });
    try {
        failing.get();
        CHECK(false);
    } catch (int e) {
        CHECK_EQ(e, 7);
    }
}

int main() {
    atomics();
    latches();
    semaphores();
    conditions();
    futures();
    return ok();
}
