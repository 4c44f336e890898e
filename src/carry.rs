//! Answering within the task of the connection, and what becomes of that when it ends early.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// What `answering` answers; nothing if it panics.
pub(crate) async fn unless_it_panics<T>(answering: impl Future<Output = T>) -> Option<T> {
    let mut answering = pin!(answering);
    poll_fn(|context| poll_caught(answering.as_mut(), context)).await
}

/// What `answering` answers; nothing if it panics.
///
/// What was begun is carried through though nobody may wait for the answer any more: then it
/// goes on in a task of its own.
pub(crate) async fn to_the_end<T: Send + 'static>(
    answering: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    Carried(Some(Box::pin(answering))).await
}

type Answering<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A future that is not dropped before its end.
struct Carried<T: Send + 'static>(Option<Answering<T>>);

impl<T: Send + 'static> Future for Carried<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let Some(answering) = &mut self.0 else { return Poll::Ready(None) };
        let polled = poll_caught(answering.as_mut(), context);
        if polled.is_ready() {
            self.0 = None;
        }
        polled
    }
}

impl<T: Send + 'static> Drop for Carried<T> {
    fn drop(&mut self) {
        if let (Some(answering), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(answering);
        }
    }
}

/// Ready with nothing once `answering` panicked: it must not be polled any more.
fn poll_caught<T>(
    answering: Pin<&mut (impl Future<Output = T> + ?Sized)>,
    context: &mut Context<'_>,
) -> Poll<Option<T>> {
    // What a panic leaves behind is dropped with the future, and never looked at again.
    let polled = catch_unwind(AssertUnwindSafe(|| answering.poll(context)));
    polled.map_or(Poll::Ready(None), |it| it.map(Some))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::{Notify, oneshot};

    #[tokio::test]
    async fn what_was_begun_goes_on_when_nobody_waits_for_it() {
        let (go, (done, is_done)) = (Arc::new(Notify::new()), oneshot::channel());
        let waits = Arc::clone(&go);
        let mut carried = Box::pin(to_the_end(async move {
            waits.notified().await;
            let _ = done.send(());
        }));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert!(carried.as_mut().poll(&mut context).is_pending());
        drop(carried);
        go.notify_one();
        assert_eq!(is_done.await, Ok(()));
    }

    #[tokio::test]
    async fn a_panic_is_no_answer() {
        let bad = || async { assert!(Handle::try_current().is_err(), "as it was told to") };
        assert_eq!(unless_it_panics(bad()).await, None);
        assert_eq!(to_the_end(bad()).await, None);
    }
}
