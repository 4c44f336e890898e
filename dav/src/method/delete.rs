//! `DELETE`: an object, or a calendar with all that is in it.

use app::{App, Condition, Refusal};
use http::{Response, StatusCode};

use super::{collection, not_allowed, push, share};
use crate::admit::Admitted;
use crate::body::Body;
use crate::path::Resource;
use crate::{Answer, condition, problem};

pub(super) async fn respond(app: &App, request: &Admitted) -> Answer {
    let condition = match condition::of_request(app, request) {
        Ok(condition) => condition,
        Err(answer) => return answer,
    };
    let removed = match &request.resource {
        Resource::Object(_, _, name) => object(app, request, name, &condition).await,
        Resource::Collection(..) => calendar(app, request).await,
        Resource::Subscription(id) => push::unregister(app, request, *id).await,
        _ => return not_allowed(),
    };
    match removed {
        Ok(()) => {
            let mut answer = Response::new(Body::default());
            *answer.status_mut() = StatusCode::NO_CONTENT;
            answer
        }
        Err(refusal) => problem::refused(&refusal),
    }
}

async fn object(
    app: &App,
    request: &Admitted,
    name: &str,
    condition: &Condition,
) -> Result<(), Refusal> {
    let (_, collection) = collection(app, request)?;
    app.remove(&request.ctx, &collection, name, condition).await
}

async fn calendar(app: &App, request: &Admitted) -> Result<(), Refusal> {
    let depth = request.header("depth").unwrap_or("infinity");
    if !depth.eq_ignore_ascii_case("infinity") {
        return Err(Refusal::BadRequest("a calendar goes with all that is in it".into()));
    }
    let (_, collection) = collection(app, request)?;
    app.remove_collection(&request.ctx, &collection, &share::worded).await
}
